import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

/** How each state of a noun is spoken of: a word and a shape. */
export type Statuses<State extends string> = Record<State, { type: StatusIndicatorProps.Type; text: string }>;

export function Status<State extends string>({ of, is }: { of: Statuses<State>; is: State }) {
  return <StatusIndicator type={of[is].type}>{of[is].text}</StatusIndicator>;
}
