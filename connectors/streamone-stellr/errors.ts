import type { Failure } from '../../domain/failure.ts';

/**
 * Stellr may refuse with HTTP 200: `errorMessage`, `errorDetail`, `ErrorMessage`, `bizError` and the like, at the top,
 * inside `data` or nested. Lists are not searched: each of their lines has its own error.
 */
export interface BusinessError {
  code: string | null;
  kind: Failure['kind'];
}

/** Keys that hold an error: its text, or an object with it. */
const errorKey = /^(biz_?)?error(_?(message|detail|msg|description))?$/i;
const codeKey = /^(biz_?)?error_?code$/i;
/** Keys inside such an object, which need not say "error" again. */
const innerTextKey = /^(message|detail|msg|description)$/i;
const innerCodeKey = /^code$/i;

export function businessError(json: unknown): BusinessError | null {
  const said: Said = { texts: [], codes: [] };
  collect(json, said, false, 5);
  if (said.texts.length === 0) return null;
  const code = said.codes.find((word) => /^[\w.-]{1,40}$/.test(word)) ?? null;
  return { code, kind: kindOf([...said.texts, ...said.codes].join(' ')) };
}

interface Said {
  texts: string[];
  codes: string[];
}

function collect(value: unknown, said: Said, inError: boolean, depth: number): void {
  if (inError && typeof value === 'string' && value.trim()) said.texts.push(value);
  if (depth <= 0) return;
  if (inError && Array.isArray(value)) for (const one of value) collect(one, said, true, depth - 1);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  for (const [key, entry] of Object.entries(value)) {
    if (codeKey.test(key) || (inError && innerCodeKey.test(key))) {
      if (typeof entry === 'string' || typeof entry === 'number') said.codes.push(String(entry).trim());
    } else if (errorKey.test(key) || (inError && innerTextKey.test(key))) {
      collect(entry, said, true, depth - 1);
    } else if (key === 'data') {
      collect(entry, said, false, depth - 1);
    }
  }
}

/** The wording is undocumented; only clear cases are recognised, all others may be retried. */
function kindOf(text: string): Failure['kind'] {
  if (/permission|not authori[sz]ed|unauthori[sz]ed|access denied|forbidden/i.test(text)) return 'forbidden';
  if (/too many|rate.?limit|throttl/i.test(text)) return 'rate-limited';
  if (/not.?found|does not exist|no such/i.test(text)) return 'not-found';
  if (/invalid|required|missing|malformed/i.test(text)) return 'invalid';
  return 'unavailable';
}
