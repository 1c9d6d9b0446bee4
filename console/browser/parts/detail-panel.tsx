import { type ReactNode, useContext, useEffect } from 'react';
import { createPortal } from 'react-dom';
import { SlotsContext } from '../shell/slots.ts';

interface DetailPanelProps {
  header: string;
  onClose(): void;
  children: ReactNode;
}

/** Details beside a list, which keeps its position. Open while mounted. */
export function DetailPanel({ header, onClose, children }: DetailPanelProps) {
  const { panel, openPanel } = useContext(SlotsContext);
  // biome-ignore lint/correctness/useExhaustiveDependencies: how to close it changes with each drawing, what it is does not
  useEffect(() => {
    openPanel({ header, close: onClose });
    return () => openPanel(null);
  }, [header, openPanel]);
  return panel && createPortal(children, panel);
}
