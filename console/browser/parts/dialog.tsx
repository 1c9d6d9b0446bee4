import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import { Trouble } from './trouble.tsx';

interface DialogProps {
  title: string;
  /** Named by its effect: "Start the import". */
  action: string;
  children: ReactNode;
  working?: boolean;
  disabled?: boolean;
  error?: Error | null;
  onDo(): void;
  onClose(): void;
}

/** A short form over the page. Shown while mounted. */
export function Dialog({ title, action, children, working, disabled, error, onDo, onClose }: DialogProps) {
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close without doing it"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={working} disabled={disabled} onClick={onDo}>
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {children}
        {error && <Trouble error={error} />}
      </SpaceBetween>
    </Modal>
  );
}
