import { useSyncExternalStore } from 'react';

const narrow = matchMedia('(max-width: 688px)');

/** A phone, or a window as narrow: tables become cards, panels lie below. */
export const useIsNarrow = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      narrow.addEventListener('change', listener);
      return () => narrow.removeEventListener('change', listener);
    },
    () => narrow.matches,
  );
