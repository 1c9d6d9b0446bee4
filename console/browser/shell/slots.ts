import { createContext } from 'react';

/** Parts of the shell that a page fills: the breadcrumbs, and the panel beside it. */
export interface Slots {
  crumbs: HTMLElement | null;
  panel: HTMLElement | null;
  openPanel(panel: Panel | null): void;
}

export interface Panel {
  header: string;
  close(): void;
}

export const SlotsContext = createContext<Slots>({ crumbs: null, panel: null, openPanel: () => {} });
