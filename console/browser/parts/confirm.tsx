import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useState } from 'react';
import { Trouble } from './trouble.tsx';

interface ConfirmProps {
  /** A question: "Delete Arrow DE?" */
  title: string;
  /** Named by its effect: "Delete the connection". */
  action: string;
  /** What it does and what it leaves. */
  children: ReactNode;
  /** What must be typed first, where much depends on it. */
  type?: string;
  working?: boolean;
  error?: Error | null;
  onConfirm(): void;
  onCancel(): void;
}

/** Asks once before what cannot be taken back. Shown while it is mounted. */
export function Confirm({
  title,
  action,
  children,
  type,
  working,
  error,
  onConfirm,
  onCancel,
}: ConfirmProps) {
  const [typed, setTyped] = useState('');
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close without doing it"
      onDismiss={onCancel}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onCancel}>
              Cancel
            </Button>
            <Button
              variant="primary"
              loading={working}
              disabled={type !== undefined && typed.trim() !== type}
              onClick={onConfirm}
            >
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <div>{children}</div>
        {type !== undefined && (
          <FormField label={`Type ${type} to go on`}>
            <Input value={typed} onChange={({ detail }) => setTyped(detail.value)} />
          </FormField>
        )}
        {error && <Trouble error={error} />}
      </SpaceBetween>
    </Modal>
  );
}
