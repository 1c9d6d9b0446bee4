import Checkbox from '@cloudscape-design/components/checkbox';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import type { Entered, Field } from './schema-fields.ts';
import { labelOf } from './words.ts';

interface SchemaFieldsProps {
  fields: Field[];
  entered: Entered;
  onChange(entered: Entered): void;
  /** The API's errors, by field. */
  errors?: Record<string, string>;
  /** Secrets already stored: an empty field keeps them. */
  stored?: boolean;
}

/** Fields from a schema: the required ones first, the others folded. The API validates them. */
export function SchemaFields({ fields, entered, onChange, errors = {}, stored = false }: SchemaFieldsProps) {
  const set = (name: string) => (value: string) => onChange({ ...entered, [name]: value });
  const show = (field: Field): ReactNode => (
    <SchemaField
      key={field.name}
      field={field}
      value={entered[field.name] ?? ''}
      error={errors[field.name]}
      stored={stored && field.kind === 'secret'}
      onChange={set(field.name)}
    />
  );
  const needed = fields.filter(({ required }) => required);
  const rest = fields.filter(({ required }) => !required);
  return (
    <SpaceBetween size="m">
      {needed.map(show)}
      {rest.length > 0 && (
        <ExpandableSection
          headerText="More settings"
          headerDescription={`${rest.map(({ label }) => label).join(', ')}.`}
          // Unfold if there is an error.
          {...(rest.some(({ name }) => errors[name]) ? { expanded: true } : {})}
        >
          <SpaceBetween size="m">{rest.map(show)}</SpaceBetween>
        </ExpandableSection>
      )}
    </SpaceBetween>
  );
}

interface SchemaFieldProps {
  field: Field;
  value: string;
  error: string | undefined;
  stored: boolean;
  onChange(value: string): void;
}

function SchemaField({ field, value, error, stored, onChange }: SchemaFieldProps) {
  const { label, help, kind, required, fallback, min, max, name } = field;
  const optional = required ? null : ' – optional';
  const constraint = [
    fallback !== undefined && `${fallback} unless entered.`,
    stored && 'Kept sealed and never shown. Leave it empty to keep it.',
  ].filter(Boolean);
  return (
    <FormField
      label={
        <>
          {label}
          {optional && <i>{optional}</i>}
        </>
      }
      description={help}
      constraintText={constraint.join(' ') || undefined}
      errorText={error && required && !stored && value === '' ? 'Enter a value.' : error}
    >
      {kind === 'choice' ? (
        <Select
          selectedOption={value ? option(value) : null}
          options={[...(required ? [] : [{ value: '', label: 'Not chosen' }]), ...field.choices.map(option)]}
          placeholder="Choose"
          selectedAriaLabel="Chosen"
          onChange={({ detail }) => onChange(detail.selectedOption.value ?? '')}
        />
      ) : kind === 'switch' ? (
        <Checkbox
          checked={(value || fallback) === 'true'}
          onChange={({ detail }) => onChange(String(detail.checked))}
        >
          {label}
        </Checkbox>
      ) : (
        <Input
          value={value}
          type={kind === 'secret' ? 'password' : kind === 'number' ? 'number' : 'text'}
          name={name}
          // Otherwise a browser would offer the reader's own passwords for another system's keys.
          autoComplete={kind === 'secret' ? 'new-password' : 'off'}
          spellcheck={false}
          placeholder={stored ? 'Kept' : fallback}
          nativeInputAttributes={{ min, max, step: 'any' }}
          ariaRequired={required && !stored}
          onChange={({ detail }) => onChange(detail.value)}
        />
      )}
    </FormField>
  );
}

const option = (value: string) => ({
  value,
  label: value.length <= 2 ? value.toUpperCase() : labelOf(value),
});

/** The API's errors for one part of the body: `/settings/baseUrl` becomes `baseUrl` of `settings`. */
export function errorsOf(
  errors: { pointer: string; detail: string }[],
  part: string,
): Record<string, string> {
  const below = errors.filter(({ pointer }) => pointer.startsWith(`/${part}/`));
  return Object.fromEntries(below.map(({ pointer, detail }) => [pointer.split('/')[2]!, sentence(detail)]));
}

/** "must be digits only" as a complete sentence. */
export const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
