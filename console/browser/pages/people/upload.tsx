import Alert from '@cloudscape-design/components/alert';
import Checkbox from '@cloudscape-design/components/checkbox';
import FileUpload from '@cloudscape-design/components/file-upload';
import FormField from '@cloudscape-design/components/form-field';
import { useState } from 'react';
import { Problem } from '../../api/client.ts';
import { usePutPeople } from '../../api/people.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { countText } from '../../parts/figures.ts';
import { sentence } from '../../parts/schema-form.tsx';
import { notify } from '../../shell/notices.tsx';

interface UploadProps {
  connectionId: string;
  /** How many people there are now. */
  known: number;
  /** The list's version, as shown. */
  seen: string;
  onClose(): void;
}

/** Replaces the people by a table of the phone system; each line that is wrong is named. */
export function UploadPeople({ connectionId, known, seen, onClose }: UploadProps) {
  const [files, setFiles] = useState<File[]>([]);
  const [partial, setPartial] = useState(false);
  const upload = usePutPeople(connectionId);
  const [file] = files;
  const wrong = upload.error instanceof Problem ? upload.error.errors : [];
  const send = (csv: Blob) =>
    upload.mutate(
      { csv, partial, seen },
      {
        onSuccess: ({ items, errors, errorCount = errors.length }) => {
          onClose();
          const left =
            errorCount === 0
              ? ''
              : errorCount === 1
                ? ' 1 line was left out.'
                : ` ${countText(errorCount)} lines were left out.`;
          notify({
            type: 'success',
            text: `${items.length === 1 ? '1 person was' : `${countText(items.length)} people were`} read.${left}`,
          });
        },
      },
    );
  return (
    <Dialog
      title="Upload people"
      action="Replace the list"
      working={upload.isPending}
      disabled={!file}
      error={wrong.length > 0 ? null : upload.error}
      onDo={() => file && send(file)}
      onClose={onClose}
    >
      <FormField
        label="CSV file"
        description="The first line names the columns id, name, email and extension; id and name are needed."
      >
        <FileUpload
          value={files}
          accept=".csv,text/csv"
          showFileSize
          i18nStrings={{
            uploadButtonText: () => 'Choose a file',
            dropzoneText: () => 'Drop the file here',
            removeFileAriaLabel: () => 'Take the file away',
            limitShowFewer: 'Show fewer',
            limitShowMore: 'Show more',
            errorIconAriaLabel: 'Error',
          }}
          onChange={({ detail }) => {
            setFiles(detail.value);
            upload.reset();
          }}
        />
      </FormField>
      <Checkbox
        checked={partial}
        description="Otherwise one wrong line refuses the file."
        onChange={({ detail }) => setPartial(detail.checked)}
      >
        Leave out lines that are wrong
      </Checkbox>
      {known > 0 && (
        <div>It replaces the {countText(known)} people there are. Who keeps their id keeps their agent.</div>
      )}
      {wrong.length > 0 && (
        <Alert type="error" header="Nothing was changed">
          <ul>
            {wrong.slice(0, 10).map(({ pointer, detail }) => (
              <li key={`${pointer} ${detail}`}>
                {sentence(detail)} {columnOf(pointer)}
              </li>
            ))}
          </ul>
          {wrong.length > 10 && `And ${countText(wrong.length - 10)} more.`}
        </Alert>
      )}
    </Dialog>
  );
}

/** `/lines/3/email` is about a column, `/lines/3` about the whole line. */
function columnOf(pointer: string): string {
  const column = pointer.split('/')[3];
  return column ? `Column: ${column}.` : '';
}
