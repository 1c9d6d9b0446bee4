import Box from '@cloudscape-design/components/box';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useState } from 'react';

/** A key, or two pressed in sequence ("g c"), and a description of its action. */
export interface Key {
  keys: string;
  does: string;
  act: () => void;
}

const bound = new Map<string, Key>();
const sequenceMs = 1_200;
let before = { key: '', at: 0 };

/** Binds keys while the component is mounted. */
export function useKeys(keys: Key[]): void {
  // A handler may use data loaded since, so it is bound again on each render.
  useEffect(() => {
    for (const key of keys) bound.set(key.keys, key);
    return () => {
      for (const key of keys) if (bound.get(key.keys) === key) bound.delete(key.keys);
    };
  });
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target))
    return;
  // While a dialog is open, the page behind it ignores keys.
  if (document.querySelector('[role="dialog"]')) return;
  const sequence = Date.now() - before.at < sequenceMs ? `${before.key} ${event.key}` : '';
  const key = bound.get(sequence) ?? bound.get(event.key);
  before = { key: event.key, at: Date.now() };
  if (!key) return;
  event.preventDefault();
  before = { key: '', at: 0 };
  key.act();
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input:not([type=checkbox], [type=radio]), textarea, select'))
  );
}

/** Listens for the whole page; `?` shows what is bound. */
export function Keys() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
  useKeys([{ keys: '?', does: 'Show the keys', act: () => setOpen(true) }]);
  if (!open) return null;
  return (
    <Modal visible onDismiss={() => setOpen(false)} header="Keyboard" closeAriaLabel="Close the list of keys">
      <div className="keys">
        <SpaceBetween size="xs">
          {[...bound.values()].map(({ keys, does }) => (
            <div key={keys}>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}{' '}
              <Box variant="span">{does}</Box>
            </div>
          ))}
        </SpaceBetween>
      </div>
    </Modal>
  );
}
