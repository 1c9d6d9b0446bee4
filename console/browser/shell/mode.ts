import { applyMode, Mode } from '@cloudscape-design/global-styles';
import { useSyncExternalStore } from 'react';

/** Light or dark: as the reader chose, else as the system has it. */
export type Choice = 'system' | 'light' | 'dark';

const key = 'tributary-mode';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

const chosen = (): Choice => {
  const kept = localStorage.getItem(key);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
};

const isDark = () => (chosen() === 'system' ? system.matches : chosen() === 'dark');

/** From now on the page is light or dark as chosen, and changes with the system. */
export function followMode(): void {
  system.addEventListener('change', apply);
  addEventListener('storage', apply);
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
