/**
 * Where hooks call, and with which token.
 */
import { type Context, createContext, useContext, useMemo } from "react";
import { type ApiClient, type ApiClientConfig, apiClient } from "../client.ts";
import { clientConfig } from "../config.ts";

/** What every hook takes; what it leaves out is `TriggerAuthContext`'s, then what `configure` was given. */
export interface ApiOptions {
  /** A public token of `auth.createPublicToken` or of a handle. Never a secret key: whoever opens the page could read it. */
  readonly accessToken?: string | undefined;
  /** Where the server is. */
  readonly baseURL?: string | undefined;
}

/**
 * Token and address for all hooks below.
 *
 * @example
 * ```tsx
 * import { TriggerAuthContext } from "holdfast/react";
 * import type { ReactNode } from "react";
 *
 * export const Signed = ({ token, children }: { token: string; children: ReactNode }) => (
 *   <TriggerAuthContext.Provider value={{ accessToken: token, baseURL: "https://tasks.example.com" }}>
 *     {children}
 *   </TriggerAuthContext.Provider>
 * );
 * ```
 */
export const TriggerAuthContext: Context<ApiOptions> = createContext<ApiOptions>({});

/** A client, and what it was made of; the same as long as token and address are. */
export function useAccess({ accessToken, baseURL }: ApiOptions): {
  readonly config: ApiClientConfig;
  readonly client: ApiClient;
} {
  const above = useContext(TriggerAuthContext);
  const key = accessToken ?? above.accessToken;
  const address = baseURL ?? above.baseURL;
  return useMemo(() => {
    const { baseUrl, secretKey } = clientConfig();
    const config = { baseUrl: address ?? baseUrl, secretKey: key ?? secretKey };
    return { config, client: apiClient(config) };
  }, [key, address]);
}

/** Whatever was thrown, as an error. */
export const errorOf = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));
