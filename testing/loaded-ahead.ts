/**
 * What engine and SDK load with its first use: loaded ahead, for virtual time would go on while it is read from the disk.
 */
import "../engine/bulk.ts";
import "../engine/code-choice.ts";
import "../engine/debounce.ts";
import "../engine/ended-draft.ts";
import "../engine/fork-log.ts";
import "../engine/looked-at.ts";
import "../engine/lost-methods.ts";
import "../engine/named-limits.ts";
import "../engine/run-tags.ts";
import "../engine/sending.ts";
import "../engine/start.ts";
import "../engine/token-ends.ts";
import "../sdk/client.ts";
import "../sdk/host-apart.ts";
import "../sdk/host-inputs.ts";
import "../sdk/host-streams.ts";
import "../sdk/http-call.ts";
import "../sdk/public-token.ts";
import "../sdk/stream-parts.ts";
import "../sdk/streams-away.ts";
import "../sdk/waiters-in-run.ts";
