/** One step of a start. `working` is replaced by what follows it; `done` and `note` stay. */
export interface Progress {
  state: 'working' | 'done' | 'note';
  text: string;
}
export type OnProgress = (step: Progress) => void;

export const silent: OnProgress = () => {};

const marks = { working: '…', done: '✓', note: '·' } as const;

/** Progress lines for people: a terminal sees steps replaced in place, a log file sees plain lines. */
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
    // A line that wraps could not be erased, so the passing ones are cut to the terminal.
    out.write(pending ? line.slice(0, Math.max(20, (out.columns ?? 80) - 1)) : `${line}\n`);
  };
}

/** Time since `began` (a `performance.now()`), as people read it: `1.2 s`. */
export function since(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}
