import { countText } from './figures.ts';

interface ShareProps {
  parts: { name: string; count: number }[];
}

/** The parts of a whole: a thin bar, and the same in words. */
export function Share({ parts }: ShareProps) {
  const there = parts.filter(({ count }) => count > 0);
  return (
    <div className="share">
      <div aria-hidden="true" className="share-bar">
        {parts.map(({ name, count }) => (
          <span key={name} style={{ flexGrow: count }} />
        ))}
      </div>
      <div>{there.map(({ name, count }) => `${countText(count)} ${name}`).join(', ')}</div>
    </div>
  );
}
