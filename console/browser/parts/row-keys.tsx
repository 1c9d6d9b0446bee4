import { type ReactNode, useEffect, useRef } from 'react';
import { useKeys } from '../shell/keys.tsx';

const mark = 'row-act';
const focusable = 'button:not([aria-disabled="true"], :disabled), a[href], input, [tabindex="0"]';

/** What a row is answered with first: `J` and `K` lead to it, `Enter` does it. */
export const RowAct = ({ children }: { children: ReactNode }) => <span className={mark}>{children}</span>;

/**
 * `J` and `K` go from row to row of what is inside, as a table or as cards. A row that leaves after it was answered by
 * its key hands on to the one that takes its place.
 */
export function RowKeys({ of, children }: { of: string; children: ReactNode }) {
  const inside = useRef<HTMLDivElement>(null);
  const at = useRef<number | null>(null);
  const acts = () =>
    [...(inside.current?.querySelectorAll(`.${mark}`) ?? [])].flatMap(
      (act) => act.querySelector<HTMLElement>(focusable) ?? [],
    );
  const standing = () => acts().indexOf(document.activeElement as HTMLElement);
  const go = (by: number) => {
    const all = acts();
    const from = standing();
    const to = from < 0 ? (at.current ?? (by > 0 ? 0 : all.length - 1)) : from + by;
    const act = all[Math.min(Math.max(to, 0), all.length - 1)];
    act?.focus();
    act?.scrollIntoView({ block: 'nearest' });
  };
  useKeys([
    { keys: 'j', does: `Next of the ${of}; Enter answers it`, act: () => go(1) },
    { keys: 'k', does: `The ${of} before`, act: () => go(-1) },
  ]);
  useEffect(() => {
    const note = () => {
      at.current = standing() >= 0 ? standing() : null;
    };
    const room = inside.current!;
    room.addEventListener('focusin', note);
    return () => room.removeEventListener('focusin', note);
  });
  // Only where the focus was lost with the row that had it.
  useEffect(() => {
    if (at.current === null || document.activeElement !== document.body) return;
    const all = acts();
    all[Math.min(at.current, all.length - 1)]?.focus();
  });
  return <div ref={inside}>{children}</div>;
}
