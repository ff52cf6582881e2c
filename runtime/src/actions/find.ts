// Which operation a name means: by what it is called on, whatever the spelling (`who_am_i`, `WhoAmI`, `peyvand.who_am_i`), and
// which operations a caller may see.
import { opens } from '@peyvand/core/access/rule.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { operations } from './list.ts'
import type { Binding, Operation, Who } from './operation.ts'

const fold = (name: string) => name.replaceAll('_', '').toLowerCase()
const byName: ReadonlyMap<string, readonly Operation[]> = Map.groupBy(operations, ({ name }) => fold(name))

/** The operations of a name, whatever they are called on; none for a name that is no operation's. */
export function operationsNamed(written: string): readonly Operation[] {
  return byName.get(fold(written.replace(/^(peyvand|microsoft\.dynamics\.crm)\./i, ''))) ?? []
}

/** The one of some operations that is called on this; one that names the entity comes before one for all of them. */
export function operationFor(
  named: readonly Operation[],
  what: Binding['what'] | undefined,
  entity?: Entity,
): Operation | undefined {
  if (what === undefined) return named.find(({ on }) => on === undefined)
  const fitting = named.filter(({ on }) => on?.what === what)
  return fitting.find(({ on }) => on!.entity === entity?.name) ?? fitting.find(({ on }) => on!.entity === '*')
}

/** The operations that exist for a caller. */
export function operationsOf(who: Who): Operation[] {
  return operations.filter((operation) => {
    const { on } = operation
    if (operation.refuses?.(who) !== undefined) return false
    if (on === undefined || on.entity === '*') return true
    const entity = who.model.entities.get(on.entity)
    return entity !== undefined && mayCall(who, operation, entity)
  })
}

/** Whether the caller has the rights that an operation asks for on the entity it is called on; an action asks `run` at least. */
export function mayCall({ model, actor }: Who, { on, kind }: Operation, entity: Entity): boolean {
  const may = (right: NonNullable<Binding['needs']>) => opens(model, actor, entity, right)
  const needs = on?.needs ?? (kind === 'action' ? 'run' : undefined)
  return may('read') && (needs === undefined || may(needs))
}
