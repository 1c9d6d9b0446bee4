import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';

/** A text to copy, such as an id, on one line. `of` names its subject: "the licence's id". */
export function Copied({ text, of }: { text: string; of: string }) {
  return (
    <span className="copied">
      <CopyToClipboard
        variant="inline"
        textToCopy={text}
        copyButtonAriaLabel={`Copy ${of}`}
        copySuccessText="Copied"
        copyErrorText="Not copied"
      />
    </span>
  );
}
