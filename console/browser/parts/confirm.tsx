import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { type ReactNode, useState } from 'react';
import { Dialog } from './dialog.tsx';

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
export function Confirm({ children, type, onConfirm, onCancel, ...dialog }: ConfirmProps) {
  const [typed, setTyped] = useState('');
  return (
    <Dialog
      {...dialog}
      disabled={type !== undefined && typed.trim() !== type}
      onDo={onConfirm}
      onClose={onCancel}
    >
      <div>{children}</div>
      {type !== undefined && (
        <FormField label={`Type ${type} to go on`}>
          <Input value={typed} onChange={({ detail }) => setTyped(detail.value)} />
        </FormField>
      )}
    </Dialog>
  );
}
