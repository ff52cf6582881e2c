// One record while it is edited: as it was read, as it is now, and how the two become one again when it is saved, or when
// someone else saves first. Paints nothing and asks nothing but which of two values shall stay; record.ts shows it.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { followed } from '@peyvand/core/form/follow.ts'
import { newRecord } from '@peyvand/core/form/state.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { current } from '../data/model.ts'
import { create, read, update, type Row } from '../data/records.ts'
import { Store } from '../kit/view.ts'
import type { SaveState } from './buttons.ts'
import { newer, pickFrom } from './draft.ts'
import { lookupsGiven } from './given.ts'

type Values = Readonly<Record<string, unknown>>

/** What came of a save: stored, stored beside the changes of someone else, or left to the person once more. */
export type Saved = 'stored' | 'merged' | 'undecided'

export class Editing extends Store {
  /** As the newest model has it. */
  entity: Entity
  /** Absent for a new record. */
  readonly id: string | undefined
  draft: Values = {}
  /** As it was read; absent for a new record and before it was read. */
  original: Row | undefined
  /** What a new record began with. */
  start: Values | undefined
  /** Why it could not be read. */
  error: unknown
  saving: SaveState = 'clean'
  savedAt: Date | undefined
  /** What the server refused, until the value is changed. */
  refused: readonly Problem[] = []
  /** Whether what is missing is said, too: someone tried to save. */
  complete = false

  constructor(entity: Entity, id: string | undefined) {
    super()
    this.entity = entity
    this.id = id
  }

  /** Begins a new record with given values, or reads the one there is. */
  async load(given: Readonly<Record<string, string>>): Promise<void> {
    this.error = undefined
    if (this.id === undefined)
      this.start = this.draft = { ...newRecord(this.entity), ...(await lookupsGiven(this.entity, given)) }
    else
      try {
        this.#take(await read(this.entity, this.id))
      } catch (error) {
        this.error = error
      }
    this.changed()
  }

  /** Takes values over as a person gives them, with those that follow from them. */
  change(given: JsonObject): void {
    const values = followed(this.entity, this.draft, given)
    this.draft = { ...this.draft, ...values }
    const names = new Set(Object.keys(values))
    this.refused = this.refused.filter(
      (problem) => !names.has((problem.pointer ?? problem.target ?? '').replace(/^\//, '')),
    )
    if (this.saving !== 'saving') this.saving = 'dirty'
    this.changed()
  }

  /** Back to what was read. */
  discard(): void {
    this.draft = this.original ?? {}
    this.refused = []
    this.complete = false
    this.saving = 'clean'
    this.changed()
  }

  /**
   * Someone else changed the record while we look at it: takes it over, under what was typed here. True when both have
   * changed it and nothing of either is lost.
   */
  async hear(changes: JsonObject | undefined): Promise<boolean> {
    if (this.saving === 'saving') return false
    const theirs = await read(this.entity, this.id!).catch(() => undefined)
    // A rollup becomes another value without a new version, so the whole record is compared.
    if (!theirs || JSON.stringify(theirs) === JSON.stringify(this.original) || this.#isSaving()) return false
    if (changes === undefined) {
      this.#take(theirs)
      this.changed()
      return false
    }
    const { free, conflicts } = await this.#merge(theirs, changes)
    if (conflicts.length > 0) return false
    this.original = theirs
    this.draft = { ...theirs, ...pickFrom(this.draft, free) }
    this.changed()
    return true
  }

  /** Stores a new record. */
  async create(changes: JsonObject): Promise<Row> {
    this.#saves()
    const row = await create(this.entity, changes)
    this.#stored(row)
    return row
  }

  /** Stores changes; what was typed meanwhile stays typed. */
  async update(changes: JsonObject): Promise<Saved> {
    this.#saves()
    const sent = this.draft
    try {
      await update(this.entity, this.id!, changes, this.original?.['@odata.etag'])
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (error.code === 'limit.size' && 'owner_id' in changes) return this.#assignLater(changes, error)
      if (error.code !== 'conflict.stale') throw error
      return this.#settle(changes)
    }
    const row = await read(this.entity, this.id!)
    const typed = this.draft === sent ? {} : newer(this.draft, sent)
    this.#stored(row)
    this.draft = { ...row, ...typed }
    return 'stored'
  }

  /** Too much goes to the new owner along with it: a job does that, and the other changes are saved now. */
  async #assignLater({ owner_id = null, owner_type = 'user', ...others }: JsonObject, error: Problem): Promise<Saved> {
    const { assignLater } = await import('./delete-record.ts')
    if (!(await assignLater(this.entity, this.id!, { owner_id, owner_type }))) throw error
    if (Object.keys(others).length > 0) return this.update(others)
    this.#stored(await read(this.entity, this.id!))
    return 'stored'
  }

  /** Someone else saved first: what they did not touch goes on top of theirs, the rest a person decides. */
  async #settle(changes: JsonObject): Promise<Saved> {
    const theirs = await read(this.entity, this.id!)
    const [{ free, conflicts }, { settle }] = await Promise.all([this.#merge(theirs, changes), import('./conflict.ts')])
    const decided =
      conflicts.length > 0 ? await settle(this.entity, conflicts, { ...theirs, ...this.draft }, theirs) : {}
    if (!decided) {
      this.saving = 'dirty'
      this.changed()
      return 'undecided'
    }
    const values = { ...free, ...decided }
    this.original = theirs
    const saved = Object.keys(values).length > 0 ? await this.update(values) : (this.#stored(theirs), 'stored')
    return saved === 'stored' && conflicts.length === 0 ? 'merged' : saved
  }

  /** A save did not work: says where the server found fault. */
  fail(reason: unknown): void {
    this.saving = 'failed'
    const problems = reason instanceof Problem ? (reason.problems.length > 0 ? reason.problems : [reason]) : []
    this.refused = problems.filter((problem) => problem.pointer !== undefined || problem.target !== undefined)
    this.changed()
  }

  /** What of the changes stands beside theirs, and what does not. No part of the first load. */
  async #merge(theirs: Row, changes: JsonObject) {
    const { mergeRecords } = await import('@peyvand/core/form/conflict.ts')
    return mergeRecords({ model: current(), entity: this.entity, base: this.original!, theirs, changes })
  }

  #isSaving(): boolean {
    return this.saving === 'saving'
  }

  #saves(): void {
    this.saving = 'saving'
    this.changed()
  }

  #take(row: Row): void {
    this.original = row
    this.draft = row
  }

  #stored(row: Row): void {
    this.#take(row)
    this.refused = []
    this.complete = false
    this.savedAt = new Date()
    this.saving = 'saved'
    this.changed()
  }
}
