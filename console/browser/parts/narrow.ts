import { useSyncExternalStore } from 'react';

const narrow = matchMedia('(max-width: 688px)');

/** A phone or a narrow window: tables become cards, panels move below. */
export const useIsNarrow = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      narrow.addEventListener('change', listener);
      return () => narrow.removeEventListener('change', listener);
    },
    () => narrow.matches,
  );
