// Who may ask for what: one line for every route of the product. A route that is not declared here keeps the server from
// starting and fails `pnpm check`, and a test asks every line as every kind of caller. What a caller then sees of records is
// decided by the access engine, not here.
import { inspectRoutes } from 'hono/dev'
import type { Hono } from 'hono'

/**
 * Who gets past the door: `everybody` needs no credentials · `visitor` is a caller, or nobody at all where the role
 * `anonymous` is defined · `session` has signed in · `caller` has a session or a key · the rest are callers with that privilege.
 */
export type Door =
  | 'everybody'
  | 'visitor'
  | 'session'
  | 'caller'
  | 'administer'
  | 'customize'
  | 'impersonate'
  | 'privacy'

/** `asks` changes nothing · `changes` does · `either`: the method or the body of the request says which. */
export type Effect = 'asks' | 'changes' | 'either'

export interface RouteDeclaration {
  readonly method: string
  readonly path: string
  readonly door: Door
  readonly effect: Effect
}

function declare(door: Door, effect: Effect, ...lines: readonly string[]): RouteDeclaration[] {
  return lines.map((line) => {
    const [method, path] = line.split(' ') as [string, string]
    return { method, path, door, effect }
  })
}

const importId = '/api/import/:id{[0-9a-fA-F-]{36}}'

/** Every route. */
export const routeDeclarations: readonly RouteDeclaration[] = [
  // `/metrics` asks by itself: who may read it is a setting.
  ...declare('everybody', 'asks', 'GET /api/health/live', 'GET /api/health/ready', 'GET /metrics', 'GET /*'),
  // Coming in, and finding out who came in; each of these asks for its own proof.
  ...declare(
    'everybody',
    'asks',
    'GET /api/auth/methods',
    'GET /api/auth/get-session',
    'GET /api/auth/sign-in/passkey',
    'ALL /api/auth/*',
  ),
  ...declare(
    'everybody',
    'changes',
    'POST /api/auth/setup',
    'POST /api/auth/sign-in/email',
    'POST /api/auth/sign-in/code',
    'POST /api/auth/sign-in/recovery',
    'POST /api/auth/sign-in/passkey',
    'POST /api/auth/sign-in/provider',
    'GET /api/auth/callback/:id',
    'POST /api/auth/sign-out',
    'POST /api/auth/reset',
    'POST /api/auth/link',
  ),
  // One's own account, with a session alone: a key is refused there. Who still owes a second factor reaches all but sessions.
  ...declare(
    'session',
    'asks',
    'GET /api/auth/account',
    'GET /api/auth/passkeys',
    'GET /api/auth/passkeys/options',
    'GET /api/auth/sessions',
  ),
  ...declare(
    'session',
    'changes',
    'POST /api/auth/confirm',
    'POST /api/auth/change-password',
    'POST /api/auth/two-factor/enroll',
    'POST /api/auth/two-factor/codes',
    'POST /api/auth/two-factor/disable',
    'POST /api/auth/passkeys',
    'DELETE /api/auth/passkeys/:id',
    'DELETE /api/auth/sessions',
    'DELETE /api/auth/sessions/:id',
  ),
  ...declare('impersonate', 'changes', 'POST /api/access/view'),
  ...declare('caller', 'changes', 'DELETE /api/access/view'),
  ...declare('visitor', 'either', 'ALL /api/data/*'),
  ...declare('visitor', 'asks', 'GET /api/model', 'GET /api/search', 'GET /api/files/:id', 'HEAD /api/files/:id'),
  ...declare(
    'caller',
    'asks',
    'GET /api/access/explain',
    'GET /api/actions',
    'GET /api/actions/:name',
    'GET /api/me',
    'GET /api/me/limits',
    'GET /api/keys',
    'GET /api/jobs',
    'GET /api/jobs/:id',
    'GET /api/events',
    'GET /api/export/:entity',
    'GET /api/export/:entity/:relationship',
    'GET /api/import',
    `GET ${importId}`,
    `GET ${importId}/errors`,
    'GET /api/solutions',
    'GET /api/openapi.json',
    'GET /api/docs',
  ),
  ...declare(
    'caller',
    'changes',
    'POST /api/files',
    'PATCH /api/me',
    'POST /api/keys',
    'DELETE /api/keys/:id',
    'POST /api/jobs/:id/retry',
    'POST /api/jobs/:id/cancel',
    'POST /api/import/:entity',
    'POST /api/import/:entity/:relationship',
    `PUT ${importId}/mapping`,
    `POST ${importId}/check`,
    `POST ${importId}/commit`,
    `POST ${importId}/undo`,
    `POST ${importId}/cancel`,
  ),
  ...declare(
    'caller',
    'either',
    'POST /api/actions/:name',
    'GET /api/graphql',
    'POST /api/graphql',
    'ALL /api/graphql',
  ),
  ...declare(
    'customize',
    'asks',
    'GET /api/model/dependencies',
    'GET /api/model/bin',
    'GET /api/model/history',
    'POST /api/model/plan',
    'POST /api/model/access',
    'POST /api/model/bin/:id/plan',
  ),
  ...declare(
    'customize',
    'changes',
    'POST /api/model/apply',
    'POST /api/model/undo/:id',
    'POST /api/model/bin/:id/restore',
    'DELETE /api/model/bin/:id',
  ),
  ...declare(
    'administer',
    'asks',
    'GET /api/access/people',
    'POST /api/access/diff',
    'GET /api/audit',
    'GET /api/audit/csv',
    'GET /api/audit/state',
    'GET /api/secrets',
    'GET /api/users/:user/account',
    'GET /api/users/:user/keys',
    'GET /api/users/:user/sessions',
    'GET /api/webhooks',
    'GET /api/webhooks/:name',
    'GET /api/webhooks/:name/deliveries',
    'GET /api/webhooks/:name/deliveries/:id',
  ),
  ...declare(
    'administer',
    'changes',
    'POST /api/audit/verify',
    'POST /api/users',
    'POST /api/users/password',
    'POST /api/users/keys',
    'DELETE /api/users/keys/:id',
    'POST /api/users/invite',
    'DELETE /api/users/:user/sessions',
    'DELETE /api/users/:user/sessions/:id',
    'DELETE /api/users/:user/second-factor',
    'PUT /api/secrets/:name',
    'DELETE /api/secrets/:name',
    'POST /api/secrets/rotate',
    'POST /api/webhooks/:name/secret',
    'DELETE /api/webhooks/:name/secret',
    'POST /api/webhooks/:name/ping',
    'POST /api/webhooks/:name/resend',
    'POST /api/webhooks/:name/deliveries/:id/resend',
  ),
  ...declare(
    'privacy',
    'asks',
    'POST /api/privacy/find',
    'POST /api/privacy/export',
    'POST /api/privacy/plan',
    'GET /api/privacy/erasures',
    'GET /api/privacy/holds',
  ),
  ...declare(
    'privacy',
    'changes',
    'POST /api/privacy/erase',
    'POST /api/privacy/replay',
    'POST /api/privacy/holds',
    'DELETE /api/privacy/holds/:id',
  ),
]

/** The routes an app has, each once: `GET /api/keys`. */
export function routesOf(app: Pick<Hono, 'routes'>): string[] {
  const found = inspectRoutes(app as Hono).filter(({ isMiddleware }) => !isMiddleware)
  return [...new Set(found.map(({ method, path }) => `${method} ${path}`))].sort()
}

/** Routes without a declaration, and declarations without a route: one sentence each. */
export function undeclared(app: Pick<Hono, 'routes'>): string[] {
  const declared = new Set(routeDeclarations.map(({ method, path }) => `${method} ${path}`))
  const routes = routesOf(app)
  return [
    ...routes.filter((route) => !declared.has(route)).map((route) => `${route} is not declared in api/inventory.ts`),
    ...[...declared].filter((route) => !routes.includes(route)).map((route) => `${route} is declared, but not there`),
  ]
}
