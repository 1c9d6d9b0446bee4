import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';

/** Asked before something that was watched is written: a look at what would be written comes first. */
export function ApplyMode({
  name,
  working,
  onPreview,
  onApply,
  onClose,
}: {
  name: string;
  working: boolean;
  onPreview(): void;
  onApply(): void;
  onClose(): void;
}) {
  return (
    <Modal
      visible
      header={`Write ${name} from now on?`}
      closeAriaLabel="Close without doing it"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button loading={working} onClick={onApply}>
              Write from now on
            </Button>
            <Button variant="primary" loading={working} onClick={onPreview}>
              Preview first
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      The next import writes what differs to the destination. A preview shows all of it first and writes
      nothing.
    </Modal>
  );
}
