/** One step of a start. `working` is replaced by the next line; `done` and `note` stay. */
export interface Progress {
  state: 'working' | 'done' | 'note';
  text: string;
}
export type OnProgress = (step: Progress) => void;

export const silent: OnProgress = () => {};

const marks = { working: '…', done: '✓', note: '·' } as const;

/** Progress lines for people: a terminal replaces steps in place, a log file gets plain lines. */
export function printProgress(out: NodeJS.WriteStream = process.stderr): OnProgress {
  let pending = false;
  return ({ state, text }) => {
    if (!out.isTTY) {
      out.write(`${text}\n`);
      return;
    }
    const line = `${marks[state]} ${text}`;
    if (pending) out.write('\r\u001b[2K');
    pending = state === 'working';
    // A wrapped line could not be erased, so temporary lines are cut to the terminal's width.
    out.write(pending ? line.slice(0, Math.max(20, (out.columns ?? 80) - 1)) : `${line}\n`);
  };
}

/** Time since `began` (a `performance.now()`), for people: `1.2 s`. */
export function since(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}
