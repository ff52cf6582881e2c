// With whose rights a webhook tells what happened: the user it names, or who made its signing secret; as they are now.
import { createHash } from 'node:crypto'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Webhook } from '@peyvand/core/model/model.ts'
import { findUser } from '../auth/user.ts'
import type { RunningPlatform } from '../platform.ts'
import type { WebhookState } from './state.ts'

/** The id of a user that is named by e-mail or id. */
export async function userNamed({ database, schema }: RunningPlatform, written: string): Promise<string | undefined> {
  return isUuid(written) ? written.toLowerCase() : findUser(database, schema, written)
}

/** Who a webhook asks as. Gives a Problem when there is no such active user. */
export async function actorFor(
  platform: RunningPlatform,
  { runAs }: Webhook,
  { madeBy }: Pick<WebhookState, 'madeBy'>,
): Promise<Actor | Problem> {
  const user = runAs === undefined ? madeBy : await userNamed(platform, runAs)
  const roles = [...platform.model().roles.keys()]
  const actor = user === undefined ? undefined : await platform.actorOf(user, roles)
  return (
    actor ??
    new Problem('auth.invalid', {
      target: 'runAs',
      detail:
        runAs === undefined
          ? 'Who made the signing secret is not active any more'
          : `There is no active user "${runAs.slice(0, 100)}"`,
      hint: 'Name another user in "runAs"',
    })
  )
}

/** Equal while the same person has the same rights on the same model. */
export function accessMark(actor: Actor, revision: number): string {
  const text = JSON.stringify([revision, actor], (_name, value: unknown) =>
    value instanceof Map ? [...(value as Map<string, unknown>)] : value,
  )
  return createHash('sha256').update(text).digest('base64url')
}
