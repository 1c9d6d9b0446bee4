import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { type ReactNode, useState } from 'react';
import { Dialog } from './dialog.tsx';

interface ConfirmProps {
  /** A question: "Delete Arrow DE?" */
  title: string;
  /** Named by its effect: "Delete the connection". */
  action: string;
  /** What the action does and what it keeps. */
  children: ReactNode;
  /** A text that must be typed first, for actions with serious effects. */
  type?: string;
  working?: boolean;
  error?: Error | null;
  onConfirm(): void;
  onCancel(): void;
}

/** Asks for confirmation of an action that cannot be undone. Shown while mounted. */
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
