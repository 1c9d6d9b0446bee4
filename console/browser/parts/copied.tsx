import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';

/** A text that can be copied, an id as it stands, in one line. `of` says whose: "the licence's id". */
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
