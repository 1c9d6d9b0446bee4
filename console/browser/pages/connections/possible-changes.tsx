import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Change, Connector } from '../../api/types.ts';

const kinds: [Change['kind'], string][] = [
  ['quantity', 'Seats'],
  ['auto-renew', 'Renewal'],
  ['cancel', 'Cancel'],
  ['suspend', 'Suspend'],
  ['activate', 'Resume'],
  ['create', 'New subscriptions'],
  ['create-customer', 'New customers'],
  ['update-customer', 'Customer data'],
];

/** What can be changed at this distributor from here, under an integration's policy. */
export function PossibleChanges({ connector }: { connector: Connector }) {
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="What this distributor's API can be asked to change. An integration's policy decides whether it is asked."
        >
          Changes
        </Header>
      }
    >
      <KeyValuePairs
        columns={4}
        items={kinds.map(([kind, label]) => ({
          label,
          value: connector.changes.includes(kind) ? (
            <StatusIndicator type="success">Possible</StatusIndicator>
          ) : (
            <StatusIndicator type="stopped">Not offered</StatusIndicator>
          ),
        }))}
      />
    </Container>
  );
}
