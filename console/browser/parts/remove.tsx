import type { UseMutationResult } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { notify } from '../shell/notices.tsx';
import { Confirm } from './confirm.tsx';

interface RemoveProps {
  name: string;
  /** "connection" */
  what: string;
  mutation: UseMutationResult<unknown, Error, void>;
  /** The page to open after deletion. */
  to: string;
  onClose(): void;
  /** What is deleted and what is kept. */
  children: ReactNode;
}

/** Asks before something is deleted, then leaves its page. */
export function Remove({ name, what, mutation, to, onClose, children }: RemoveProps) {
  const router = useRouter();
  return (
    <Confirm
      title={`Delete ${name}?`}
      action={`Delete the ${what}`}
      working={mutation.isPending}
      error={mutation.error}
      onCancel={onClose}
      onConfirm={() =>
        mutation.mutate(undefined, {
          onSuccess: () => {
            notify({ type: 'success', text: `${name} was deleted.` });
            void router.navigate({ href: to });
          },
        })
      }
    >
      {children}
    </Confirm>
  );
}
