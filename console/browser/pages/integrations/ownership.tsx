import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import type { OwnerRow } from './option-values.ts';

const fields: Record<OwnerRow['field'], string> = {
  name: 'Name', unitPrice: 'Sale price', quantity: 'Quantity', unitCost: 'Cost', startDate: 'Start', endDate: 'End',
  status: 'Status', term: 'Term', billingCycle: 'Billing cycle', autoRenew: 'Automatic renewal',
}; // biome-ignore format: a table

const owners: Record<OwnerRow['owner'], { label: string; description: string }> = {
  ours: { label: 'Distributor', description: 'An edit in the PSA is written over.' },
  ask: { label: 'A person decides', description: 'An edit in the PSA is kept and held.' },
  theirs: { label: 'PSA', description: 'Written once, when the licence is made.' },
};

const fieldOptions = Object.entries(fields).map(([value, label]) => ({ value, label }));
const ownerOptions = Object.entries(owners).map(([value, words]) => ({ value, ...words }));

/** Who owns which field of a licence: of all, of a vendor's, or of one product. */
export function Ownership({
  rules,
  error,
  onChange,
}: {
  rules: OwnerRow[];
  error: string | undefined;
  onChange(rules: OwnerRow[]): void;
}) {
  const change = (at: number, part: Partial<OwnerRow>) =>
    onChange(rules.map((rule, place) => (place === at ? { ...rule, ...part } : rule)));
  return (
    <FormField
      label="Who owns a field"
      description="The first rule that fits a licence decides. Without one, a person decides about edits of name and sale price, and everything else is the distributor's."
      errorText={error}
      stretch
    >
      <AttributeEditor<OwnerRow>
        items={rules}
        addButtonText="Add a rule"
        removeButtonText="Remove"
        removeButtonAriaLabel={({ field }) => `Remove the rule of ${fields[field]}`}
        onAddButtonClick={() => onChange([...rules, { field: 'name', owner: 'theirs', vendor: '', sku: '' }])}
        onRemoveButtonClick={({ detail }) => onChange(rules.filter((_, place) => place !== detail.itemIndex))}
        empty="No rule of its own."
        definition={[
          {
            label: 'Field',
            control: ({ field }, at) => (
              <Select
                ariaLabel={`Field of rule ${at + 1}`}
                options={fieldOptions}
                selectedOption={{ value: field, label: fields[field] }}
                onChange={({ detail }) =>
                  change(at, { field: detail.selectedOption.value as OwnerRow['field'] })
                }
              />
            ),
          },
          {
            label: 'Owner',
            control: ({ owner }, at) => (
              <Select
                ariaLabel={`Owner of rule ${at + 1}`}
                options={ownerOptions}
                selectedOption={{ value: owner, label: owners[owner].label }}
                onChange={({ detail }) =>
                  change(at, { owner: detail.selectedOption.value as OwnerRow['owner'] })
                }
              />
            ),
          },
          {
            label: 'Vendor',
            control: ({ vendor }, at) => (
              <Input
                ariaLabel={`Vendor of rule ${at + 1}`}
                placeholder="All"
                value={vendor}
                onChange={({ detail }) => change(at, { vendor: detail.value })}
              />
            ),
          },
          {
            label: 'SKU',
            control: ({ sku }, at) => (
              <Input
                ariaLabel={`SKU of rule ${at + 1}`}
                placeholder="All"
                value={sku}
                onChange={({ detail }) => change(at, { sku: detail.value })}
              />
            ),
          },
        ]}
      />
    </FormField>
  );
}
