import { type ReactNode, useEffect, useRef } from 'react';
import { useKeys } from '../shell/keys.tsx';

const mark = 'row-act';
const focusable = 'button:not([aria-disabled="true"], :disabled), a[href], input, [tabindex="0"]';

/** The first action of a row: `J` and `K` focus it, `Enter` triggers it. */
export const RowAct = ({ children }: { children: ReactNode }) => <span className={mark}>{children}</span>;

/**
 * `J` and `K` move between rows of the content, as table or cards. If a row disappears after its action, the focus
 * moves to the row that takes its place.
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
  // Only if the focus was lost together with its row.
  useEffect(() => {
    if (at.current === null || document.activeElement !== document.body) return;
    const all = acts();
    all[Math.min(at.current, all.length - 1)]?.focus();
  });
  return <div ref={inside}>{children}</div>;
}
