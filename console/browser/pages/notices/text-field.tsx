import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import { useQuery } from '@tanstack/react-query';
import { connections } from '../../api/connections.ts';
import type { Field } from './fields.ts';

interface Props {
  field: Field;
  value: string;
  error: string | undefined;
  /** The channel is there: a secret left empty stays as it is. */
  kept?: boolean;
  onChange(value: string): void;
}

export function TextField({ field, value, error, kept = false, onChange }: Props) {
  const { label, says, optional, secret, choices, connection } = field;
  const stays = kept && field.of === 'credentials';
  return (
    <FormField
      label={optional ? <>{label} – optional</> : label}
      description={stays ? 'Left empty, what is stored stays.' : says}
      errorText={error}
    >
      {connection ? (
        <ConnectionPicker value={value} onChange={onChange} />
      ) : choices ? (
        <Choice value={value} choices={choices} onChange={onChange} />
      ) : (
        <Input
          value={value}
          type={secret ? 'password' : 'text'}
          autoComplete="off"
          spellcheck={false}
          onChange={({ detail }) => onChange(detail.value)}
        />
      )}
    </FormField>
  );
}

function ConnectionPicker({ value, onChange }: Pick<Props, 'value' | 'onChange'>) {
  const known = useQuery(connections({ kind: 'halopsa', limit: 200 })).data?.items ?? [];
  return (
    <Choice
      value={value}
      choices={known.map(({ id, name }) => ({ value: id, label: name }))}
      onChange={onChange}
    />
  );
}

export function Choice({
  value,
  choices,
  onChange,
}: Pick<Props, 'value' | 'onChange'> & { choices: { value: string; label: string }[] }) {
  return (
    <Select
      selectedOption={choices.find((one) => one.value === value) ?? null}
      options={choices}
      placeholder="Choose one"
      empty="None found"
      selectedAriaLabel="Chosen"
      onChange={({ detail }) => onChange(detail.selectedOption.value!)}
    />
  );
}
