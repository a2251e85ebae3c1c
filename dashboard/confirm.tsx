/** The question before something is done: a modal dialog that keeps the focus, closes with Escape, and says what went wrong. */
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Problem } from "./call.ts";
import { ProblemBox } from "./parts.tsx";

interface ConfirmProps {
  readonly title: string;
  readonly action: string;
  readonly danger?: boolean;
  /** False: there is nothing to do yet. */
  readonly isReady?: boolean;
  readonly children: ComponentChildren;
  /** Does it; a rejection is shown, and the dialog stays. */
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}

const asProblem = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem(0, "", String(error), "Try again.");

/** Asks, does, and closes. */
export function Confirm(props: ConfirmProps): JSX.Element {
  const { title, action, danger, isReady = true, children, onConfirm, onClose } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  useLayoutEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" onClose={onClose}>
      <h2 id="confirm-title">{title}</h2>
      {children}
      {problem !== undefined && <ProblemBox problem={problem} />}
      <div class="buttons">
        <button type="button" class="quiet" onClick={onClose}>
          Leave it
        </button>
        <button
          type="button"
          class={danger === true ? "danger" : "primary"}
          disabled={isBusy || !isReady}
          onClick={confirm}
        >
          {action}
        </button>
      </div>
    </dialog>
  );
}
