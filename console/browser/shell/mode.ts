import { applyMode, Mode } from '@cloudscape-design/global-styles';
import { useSyncExternalStore } from 'react';

/** Light or dark: the reader's choice, or else the system's setting. */
export type Choice = 'system' | 'light' | 'dark';

const key = 'tributary-mode';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

const chosen = (): Choice => {
  const kept = localStorage.getItem(key);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
};

const isDark = () => (chosen() === 'system' ? system.matches : chosen() === 'dark');

/** Applies the mode and follows changes of the system's setting. */
export function followMode(): void {
  system.addEventListener('change', apply);
  addEventListener('storage', apply);
  // Paper is light.
  addEventListener('beforeprint', () => applyMode(Mode.Light));
  addEventListener('afterprint', apply);
  apply();
}

export function chooseMode(choice: Choice): void {
  localStorage.setItem(key, choice);
  apply();
}

export const useMode = (): Choice =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, chosen);

function apply(): void {
  applyMode(isDark() ? Mode.Dark : Mode.Light);
  document.documentElement.style.colorScheme = isDark() ? 'dark' : 'light';
  for (const listener of listeners) listener();
}
