/**
 * The conversation on a tunnel's control socket: one JSON object a line. The client asks
 * `{"method":"show"}`, `running`, `stop`, `reload` or `status`, the server answers each with
 * `{"ok":true,"result":...}` or `{"ok":false,"error":{"code":...,"message":...}}`, in order. The
 * answer to `running` has all secrets in it, so the socket is for the owner of the tunnel alone.
 */
export const CONTROL_METHODS = ['show', 'running', 'stop', 'reload', 'status'] as const;
export type ControlMethod = (typeof CONTROL_METHODS)[number];

export type ControlReply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } };

/** The longest request with much room to spare; a client that sends more is cut off. */
export const MAX_REQUEST_BYTES = 4096;

/** 65536 peers with a few allowed IPs each stay below it; protects the client from a mad server. */
export const MAX_REPLY_BYTES = 256 * 1024 * 1024;

/** People and scripts that look at one tunnel at the same time. More wait in the kernel's backlog or are refused. */
export const MAX_CONNECTIONS = 16;

/** A client that says nothing for this long makes room for another. */
export const IDLE_LIMIT_MS = 30_000;

/** The method of a request line, or undefined when it is none that we know. */
export function parseRequest(line: string): ControlMethod | undefined {
  try {
    const request: unknown = JSON.parse(line);
    if (typeof request !== 'object' || request === null || !('method' in request)) return undefined;
    return CONTROL_METHODS.find((method) => method === request.method);
  } catch {
    return undefined;
  }
}

/** Shape check of what arrived from a server. */
export function parseReply(line: string): ControlReply | undefined {
  try {
    const reply: unknown = JSON.parse(line);
    return isReply(reply) ? reply : undefined;
  } catch {
    return undefined;
  }
}

function isReply(value: unknown): value is ControlReply {
  if (typeof value !== 'object' || value === null || !('ok' in value)) return false;
  if (value.ok === true) return 'result' in value;
  if (!('error' in value) || typeof value.error !== 'object' || value.error === null) return false;
  return 'code' in value.error && 'message' in value.error;
}
