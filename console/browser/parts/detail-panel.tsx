import { type ReactNode, useContext, useEffect, useRef } from 'react';
import { createPortal } from 'react-dom';
import { SlotsContext } from '../shell/slots.ts';

interface DetailPanelProps {
  header: string;
  onClose(): void;
  children: ReactNode;
}

/** Details beside a list, which keeps its position. Open while mounted; whoever reads by keyboard goes on inside it. */
export function DetailPanel({ header, onClose, children }: DetailPanelProps) {
  const { panel, openPanel } = useContext(SlotsContext);
  const cameFrom = useRef(document.activeElement);
  // biome-ignore lint/correctness/useExhaustiveDependencies: how to close it changes with each drawing, what it is does not
  useEffect(() => {
    openPanel({ header, close: onClose });
    return () => openPanel(null);
  }, [header, openPanel]);
  useEffect(() => {
    panel?.focus({ preventScroll: true });
  }, [panel]);
  // What was answered is gone, and the focus with it.
  useEffect(() => {
    if (focusIsLost()) panel?.focus({ preventScroll: true });
  });
  useEffect(
    () => () => {
      // The panel is removed after this.
      requestAnimationFrame(() => {
        if (focusIsLost() && cameFrom.current instanceof HTMLElement) cameFrom.current.focus();
      });
    },
    [],
  );
  return panel && createPortal(children, panel);
}

const focusIsLost = () => document.activeElement === document.body;
