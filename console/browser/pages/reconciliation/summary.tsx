import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { ReconciliationAnswer } from '../../api/types.ts';
import { countText } from '../../parts/figures.ts';
import { PageLink } from '../../parts/link.tsx';
import { MoneyList } from '../../parts/money.tsx';
import { When } from '../../parts/when.tsx';
import { Charges } from './charges.tsx';
import { type Class, classes } from './words.ts';

interface SummaryProps {
  answer: Pick<ReconciliationAnswer, 'state' | 'unknown' | 'asOf' | 'summary' | 'charges'>;
  /** The URL that shows one class only. */
  hrefOf(of: Class): string;
}

/** What a comparison is worth, and its sums. */
export function Summary({ answer: { state, unknown, asOf, summary, charges }, hrefOf }: SummaryProps) {
  return (
    <SpaceBetween size="l">
      {state === 'unknown' && (
        <Alert type="warning" header="This comparison is incomplete">
          Differences may be missing. An empty list does not mean that both sides agree.
          <ul>
            {unknown.map((why) => (
              <li key={why}>{why}</li>
            ))}
          </ul>
        </Alert>
      )}
      <Container
        header={
          <Header
            variant="h2"
            description={
              asOf && (
                <>
                  Both sides were read no earlier than <When at={asOf} />.
                </>
              )
            }
          >
            By cause
          </Header>
        }
      >
        {summary.length > 0 ? (
          <KeyValuePairs
            columns={4}
            items={summary.map((sum) => ({
              label: classes[sum.class],
              value: (
                <>
                  <PageLink
                    href={hrefOf(sum.class)}
                    ariaLabel={`Show these ${countText(sum.count)}: ${classes[sum.class]}`}
                  >
                    {countText(sum.count)}
                  </PageLink>
                  <div className="sums">
                    <MoneyList amounts={sum.money} sign="always" />
                  </div>
                </>
              ),
            }))}
          />
        ) : state === 'known' ? (
          <StatusIndicator type="success">Both sides agree</StatusIndicator>
        ) : (
          <StatusIndicator type="pending">Not known</StatusIndicator>
        )}
      </Container>
      {charges && <Charges charges={charges} />}
    </SpaceBetween>
  );
}
