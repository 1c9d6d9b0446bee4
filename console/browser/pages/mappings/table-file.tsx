import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import FileUpload from '@cloudscape-design/components/file-upload';
import FormField from '@cloudscape-design/components/form-field';
import { useState } from 'react';
import { usePutMappings, useUndoBatch } from '../../api/mappings.ts';
import type { MappingDifferences } from '../../api/types.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { countText } from '../../parts/figures.ts';
import { notify, notifyError } from '../../shell/notices.tsx';

type Difference = MappingDifferences['items'][number];

/** Mappings from a table: what differs is shown, and set only when nothing in it is wrong. */
export function TableFile({ integrationId, onClose }: { integrationId: string; onClose(): void }) {
  const look = usePutMappings(integrationId);
  const set = usePutMappings(integrationId);
  const undo = useUndoBatch(integrationId);
  const [file, setFile] = useState<File | null>(null);
  const [csv, setCsv] = useState('');
  const found = look.data;
  const wrong = found
    ? found.items.filter(({ problem }) => problem !== null).length + found.errors.length
    : 0;
  const changes = found?.items.length ?? 0;
  const choose = async (chosen: File | undefined) => {
    setFile(chosen ?? null);
    look.reset();
    set.reset();
    if (!chosen) return;
    const text = await chosen.text();
    setCsv(text);
    look.mutate({ csv: text, apply: false });
  };
  return (
    <Dialog
      title="Mappings from a CSV"
      action={found ? `Set ${countText(changes)}` : 'Set'}
      working={set.isPending || look.isPending}
      disabled={!found || changes === 0 || wrong > 0}
      error={look.error ?? set.error}
      onClose={onClose}
      onDo={() =>
        set.mutate(
          { csv, apply: true, seen: found?.version },
          {
            // What differs now is another list: it is looked at again.
            onError: () => look.mutate({ csv, apply: false }),
            onSuccess: ({ batchId }) => {
              notify({
                type: 'success',
                text: `${countText(changes)} mappings were set.`,
                undo: batchId ? () => undo.mutate(batchId, { onError: notifyError }) : undefined,
              });
              onClose();
            },
          },
        )
      }
    >
      <FormField
        label="File"
        description="Uses the columns customerId and clientId, as in the CSV offered here; “create” as the client requests a new one. Customers left out stay unchanged."
      >
        <FileUpload
          accept=".csv,text/csv"
          value={file ? [file] : []}
          onChange={({ detail }) => void choose(detail.value[0])}
          showFileSize
          i18nStrings={{
            uploadButtonText: () => 'Choose a file',
            dropzoneText: () => 'Drop the file here',
            removeFileAriaLabel: (_, name) => `Remove ${name}`,
            errorIconAriaLabel: 'Error',
          }}
        />
      </FormField>
      {found && <Differences found={found} wrong={wrong} />}
    </Dialog>
  );
}

const listed = 20;

function Differences({
  found: { items, errors, unchanged },
  wrong,
}: {
  found: MappingDifferences;
  wrong: number;
}) {
  // What is wrong first.
  const rows = [...items].sort((a, b) => Number(b.problem !== null) - Number(a.problem !== null));
  return (
    <>
      {wrong > 0 && (
        <Alert type="warning">
          {countText(wrong)} {wrong === 1 ? 'line is' : 'lines are'} wrong, so nothing can be set. Correct the
          file and choose it again.
        </Alert>
      )}
      <Box color="text-body-secondary">
        {items.length === 0 ? 'Nothing differs.' : `${countText(items.length)} differ.`}{' '}
        {unchanged > 0 && `${countText(unchanged)} stand as in the file.`}
      </Box>
      <ul className="differences">
        {errors.map(({ pointer, detail }) => (
          <li key={pointer + detail}>
            <strong>{detail}</strong>
          </li>
        ))}
        {rows.slice(0, listed).map((row) => (
          <li key={row.customerId}>
            {row.customerName ?? row.customerId}: <del className="changed-before">{beforeOf(row)}</del>{' '}
            <span aria-hidden="true">→</span> <ins>{afterOf(row)}</ins>
            {row.problem && <strong>. {problems[row.problem]}</strong>}
            {row.takenBy && ` (${row.takenBy})`}
          </li>
        ))}
        {rows.length > listed && <li>and {countText(rows.length - listed)} more</li>}
      </ul>
    </>
  );
}

const beforeOf = ({ before }: Difference): string =>
  before === null ? 'not mapped' : before.clientId === null ? 'a new client' : `client ${before.clientId}`;

const afterOf = ({ clientId, clientName }: Difference): string =>
  clientId === null ? 'a new client' : (clientName ?? `client ${clientId}`);

const problems: Record<NonNullable<Difference['problem']>, string> = {
  'customer-unknown': 'No customer has this id',
  'client-unknown': 'No client has this id',
  'client-taken': 'The client belongs to another customer',
};
