import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import { Problem, Unreachable } from '../api/client.ts';

/** An error as text: what happened, then what to do. */
export function messageOf(error: Error): string {
  return error instanceof Problem && error.todo ? `${error.message} ${error.todo}` : error.message;
}

/** The same on a page, with the request id for the log. */
export function Trouble({ error, retry }: { error: Error; retry?: () => void }) {
  const problem = error instanceof Problem ? error : null;
  return (
    <Alert
      type="error"
      header={problem?.title ?? (error instanceof Unreachable ? 'No answer' : 'This could not be done')}
      action={retry && <Button onClick={retry}>Try again</Button>}
    >
      {messageOf(error)}
      {problem?.instance && (
        <Box variant="small" display="block" margin={{ top: 'xs' }}>
          Request{' '}
          <CopyToClipboard
            variant="inline"
            textToCopy={problem.instance}
            copyButtonAriaLabel="Copy the request id"
            copySuccessText="Copied"
            copyErrorText="Not copied"
          />
        </Box>
      )}
    </Alert>
  );
}
