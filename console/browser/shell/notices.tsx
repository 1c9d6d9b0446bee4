import Button from '@cloudscape-design/components/button';
import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar';
import { useSyncExternalStore } from 'react';
import { useConnectionLost } from '../api/connection-state.ts';
import { messageOf } from '../parts/trouble.tsx';

interface Notice {
  type: 'success' | 'error' | 'warning' | 'info';
  text: string;
  /** Undoes the action, offered while the notice is visible. */
  undo?: () => void;
}

const shownMs = 10_000;
let shown: (Notice & { id: string })[] = [];
let count = 0;
const listeners = new Set<() => void>();

/** Notifications above the page. A success disappears by itself; a failure stays until it is dismissed. */
export function notify(notice: Notice): void {
  count += 1;
  const id = `notice-${count}`;
  set([{ ...notice, id }, ...shown].slice(0, 5));
  if (notice.type === 'success') setTimeout(() => dismiss(id), shownMs);
}

/** For `onError` of a button's action. */
export const notifyError = (error: Error): void => notify({ type: 'error', text: messageOf(error) });

const dismiss = (id: string) => set(shown.filter((notice) => notice.id !== id));

function set(notices: typeof shown): void {
  shown = notices;
  for (const listener of listeners) listener();
}

export function Notices() {
  const notices = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
  const lost = useConnectionLost();
  const items: FlashbarProps.MessageDefinition[] = notices.map(({ id, type, text, undo }) => ({
    id,
    type,
    content: text,
    dismissible: true,
    dismissLabel: `Dismiss: ${text}`,
    onDismiss: () => dismiss(id),
    ariaRole: type === 'error' ? 'alert' : 'status',
    action: undo && (
      <Button
        onClick={() => {
          dismiss(id);
          undo();
        }}
      >
        Undo
      </Button>
    ),
  }));
  if (lost)
    items.unshift({
      id: 'connection-lost',
      type: 'warning',
      header: 'Tributary does not answer',
      content: 'This page shows what was last read. It goes on by itself when Tributary answers again.',
      ariaRole: 'alert',
    });
  return <Flashbar items={items} />;
}
