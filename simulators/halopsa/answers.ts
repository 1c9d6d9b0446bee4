import type { SimResponse } from '../harness.ts';

/** An answer thrown from the depth of a check. Halo has four shapes of 400 and mostly empty bodies otherwise. */
export class Refusal extends Error {
  readonly answer: SimResponse;
  constructor(answer: SimResponse) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

export const empty = (status: number): SimResponse => ({ status });

export const ok = (body: unknown): SimResponse => ({ status: 200, body });

/** 400, model binding: field → messages. */
export const badFields = (fields: Record<string, string[]>): SimResponse => ({ status: 400, body: fields });

export const badValue = (field: string, value: string) =>
  badFields({ [field]: [`The value '${value}' is not valid.`] });

/** 400, a bare JSON string. */
export const badText = (message: string): SimResponse => ({ status: 400, body: JSON.stringify(message) });

/** 400, a serialised .NET exception. */
export const badException = (message: string): SimResponse => ({
  status: 400,
  body: {
    ClassName: 'System.Exception',
    Message: message,
    Data: null,
    InnerException: null,
    HelpURL: null,
    StackTraceString: null,
    RemoteStackTraceString: null,
    RemoteStackIndex: 0,
    ExceptionMethod: null,
    HResult: -2146233088,
    Source: null,
    WatsonBuckets: null,
  },
});

/** 400, the same with SQL Server's text inside. */
export const badDatabase = (code: number, message: string) =>
  badException(`A database error occurred (${code}) - ${message}`);
