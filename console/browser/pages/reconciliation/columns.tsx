import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import { useNavigate } from '@tanstack/react-router';
import { useStartImport } from '../../api/imports.ts';
import type { Difference } from '../../api/reconciliation.ts';
import type { Column } from '../../parts/items-table.tsx';
import { PageLink, pageUrl, subscriptionUrl } from '../../parts/link.tsx';
import { MoneyList } from '../../parts/money.tsx';
import { When } from '../../parts/when.tsx';
import { notifyError } from '../../shell/notices.tsx';
import { ChargedFor } from './charges.tsx';
import { SideOf } from './side.tsx';
import { classes } from './words.ts';

/** The columns of differences of an integration. `frozen` ones offer no next step: they tell what was. */
export const columnsOf = (id: string, frozen = false): Column<Difference>[] => [
  {
    id: 'customer',
    header: 'Customer',
    names: true,
    width: 120,
    cell: (row) => row.customerName ?? row.clientName ?? '–',
  },
  {
    id: 'product',
    header: 'Product',
    width: 150,
    cell: ({ product, productName }) => (
      <>
        {productName ?? product}
        {productName !== null && productName !== product && (
          <Box variant="small" display="block" color="text-body-secondary">
            {product}
          </Box>
        )}
      </>
    ),
  },
  {
    id: 'class',
    header: 'Cause',
    width: 225,
    cell: (row) => (
      <>
        {classes[row.class]}
        <Box variant="small" display="block" color="text-body-secondary">
          {row.cause} Since <When at={row.since} />.
        </Box>
        {!frozen && <NextStep id={id} row={row} />}
      </>
    ),
  },
  {
    id: 'distributor',
    header: 'Distributor',
    width: 112,
    cell: ({ distributor }) => <SideOf side={distributor} />,
  },
  {
    id: 'destination',
    header: 'PSA',
    width: 112,
    cell: ({ destination }) => <SideOf side={destination} />,
  },
  { id: 'charged', header: 'Charged', width: 105, cell: ({ charged }) => <ChargedFor charged={charged} /> },
  {
    id: 'money',
    header: 'Difference',
    width: 125,
    cell: ({ money }) => (
      <div className="side">
        <MoneyList amounts={money} sign="always" />
      </div>
    ),
  },
  {
    id: 'subscriptions',
    header: 'Subscriptions',
    cell: (row) =>
      row.subscriptionIds.length === 0
        ? '–'
        : row.subscriptionIds.map((subscription) => (
            <div key={subscription}>
              <PageLink href={subscriptionUrl(id, subscription)}>{subscription}</PageLink>
            </div>
          )),
    hidden: true,
  },
  { id: 'licences', header: 'Licences', cell: (row) => row.licenceIds.join(', ') || '–', hidden: true },
];

export const keyOf = (row: Difference): string =>
  JSON.stringify([row.class, row.customerId, row.clientId, row.product, row.subscriptionIds, row.licenceIds]);

export const nameOf = ({ customerName, productName, product }: Difference): string =>
  `${customerName ?? 'No customer'}, ${productName ?? product}`;

function NextStep({ id, row }: { id: string; row: Difference }) {
  const { action, customerId, customerName, productName, product, subscriptionIds } = row;
  const link = (text: string, href: string, of: string) => (
    <PageLink href={href} ariaLabel={`${text}: ${of}`}>
      {text}
    </PageLink>
  );
  const tab = (search: Record<string, string>) => pageUrl('/integrations/{id}', { id }, search);
  if (action === 'map' && customerId)
    return link('Map the customer', tab({ tab: 'mappings', search: customerId }), customerName ?? customerId);
  const of = `${productName ?? product} of ${customerName ?? 'no customer'}`;
  if (action === 'preview' && customerId) return <PreviewImport id={id} customerId={customerId} of={of} />;
  const [subscription] = subscriptionIds;
  if (subscription === undefined) return 'Look at it in the PSA.';
  return link('Look at both sides', subscriptionUrl(id, subscription), of);
}

/** What an import of the customer would write, to be approved there. */
function PreviewImport({ id, customerId, of }: { id: string; customerId: string; of: string }) {
  const start = useStartImport();
  const navigate = useNavigate();
  return (
    <Button
      variant="inline-link"
      loading={start.isPending}
      ariaLabel={`Preview an import: ${of}`}
      onClick={() =>
        start.mutate(
          { integrationId: id, kind: 'subscriptions', mode: 'preview', customerIds: [customerId] },
          {
            onSuccess: (made) => void navigate({ href: pageUrl('/imports/{id}', { id: made.id }) }),
            onError: notifyError,
          },
        )
      }
    >
      Preview an import
    </Button>
  );
}
