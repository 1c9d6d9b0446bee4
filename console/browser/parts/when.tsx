import { useEffect, useState } from 'react';
import { whenText } from './figures.ts';

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** An instant in the reader's zone: relative or as a date. The tooltip shows it exactly, also in UTC. */
export function When({ at }: { at: string }) {
  const now = useNow();
  const then = new Date(at);
  const utc = `${then.toISOString().replace('T', ' ').slice(0, 19)} UTC`;
  return (
    <time dateTime={at} title={`${exact.format(then)} (${utc})`} data-exact="">
      {whenText(then, now)}
    </time>
  );
}

/** The current time, updated every half minute while the page is visible. */
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && setNow(new Date()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
