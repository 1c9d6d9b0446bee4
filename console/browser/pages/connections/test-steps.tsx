import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Steps, { type StepsProps } from '@cloudscape-design/components/steps';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTestConnection } from '../../api/connections.ts';
import type { Connection } from '../../api/types.ts';
import { Trouble } from '../../parts/trouble.tsx';
import { labelOf } from '../../parts/words.ts';
import { useKeys } from '../../shell/keys.tsx';
import { TestState } from './words.tsx';

const marks: Record<string, { status: StepsProps.Status; word: string }> = {
  passed: { status: 'success', word: 'passed' },
  warning: { status: 'warning', word: 'warning' },
  failed: { status: 'error', word: 'failed' },
  skipped: { status: 'stopped', word: 'skipped' },
};

/** Test configuration: what was asked of the outside system, step by step, and what to do about what it refused. */
export function TestSteps({
  connection: { id, name, lastTest },
  testNow,
}: {
  connection: Connection;
  testNow: boolean;
}) {
  const test = useTestConnection(id);
  const navigate = useNavigate();
  const { mutate } = test;
  const asked = useRef(false);
  useKeys([{ keys: 't', does: 'Test this connection', act: () => mutate() }]);

  // Asked for by the page before; taken out of the address, so that a reload does not ask again.
  useEffect(() => {
    if (!testNow || asked.current) return;
    asked.current = true;
    mutate();
    void navigate({ to: '/connections/$id', params: { id }, search: {}, replace: true });
  }, [testNow, mutate, navigate, id]);

  return (
    <Container
      header={
        <Header
          variant="h2"
          description={test.isPending ? `Asking ${name}…` : <TestState test={lastTest} />}
          actions={
            <Button loading={test.isPending} loadingText="Testing" onClick={() => mutate()}>
              Test now
            </Button>
          }
        >
          Test configuration
        </Header>
      }
    >
      <SpaceBetween size="m">
        {test.error && <Trouble error={test.error} retry={() => mutate()} />}
        {lastTest ? (
          <>
            <Box variant="p">{lastTest.message}</Box>
            <Steps
              ariaLabel="Steps of the test"
              steps={lastTest.steps.map(({ name, state, message }) => ({
                status: test.isPending ? 'loading' : marks[state]!.status,
                statusIconAriaLabel: test.isPending ? 'testing' : marks[state]!.word,
                header: labelOf(name),
                details: test.isPending ? undefined : message,
              }))}
            />
          </>
        ) : (
          !test.error && (
            <Box color="text-body-secondary">
              A test signs in with the stored credentials, checks each right that imports need and reads a few
              records, so that you see whether the right account answers. It changes nothing there.
            </Box>
          )
        )}
      </SpaceBetween>
    </Container>
  );
}
