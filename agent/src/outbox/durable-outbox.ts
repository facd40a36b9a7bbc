import { join } from 'node:path';
import { GAPS_PER_MESSAGE } from '@perch/broker-bridge/protocol/limits.ts';
import type { GapReason } from '@perch/broker-bridge/protocol/messages.ts';
import { setAside } from './aside.ts';
import { Backlog, type Damage, type Segment } from './backlog.ts';
import { blockFacts, encodeBlock } from './block.ts';
import { blocksOf } from './blocks-of.ts';
import { CommitSchedule } from './commit-schedule.ts';
import { DiskSegments } from './disk-segments.ts';
import { DiskWork } from './disk-work.ts';
import { FreshRecords } from './fresh-records.ts';
import { gapsOf, LOST_BECAUSE } from './gaps.ts';
import { AGE_CHECK_MS, LIVE_RECORDS } from './limits.ts';
import { NumberBook } from './number-book.ts';
import type { Durability, Outbox, OutboxStatus } from './outbox.ts';
import type { OutboxOptions } from './outbox-options.ts';
import { pick } from './pick.ts';
import { RamJournal } from './ram-journal.ts';
import { type Found, readFolder } from './read-folder.ts';
import { type Batch, hex, type OutboxRecord, type TakenRecord } from './record.ts';
import { planStart } from './start.ts';

/** Folder of damaged pieces, inside the outbox's own. */
const ASIDE = 'aside';

/**
 * Memory first, with a journal in RAM beside it; what the server does not have within the loss window goes to disk, and what it
 * has by then is never written. firmware-notes/outbox.md tells it whole.
 */
export class DurableOutbox implements Outbox {
  readonly #o: OutboxOptions;
  readonly #disk: DiskSegments;
  readonly #work: DiskWork;
  readonly #commits: CommitSchedule;
  readonly #ram: RamJournal | undefined;
  readonly #book: NumberBook;
  readonly #fresh = new FreshRecords();
  readonly #backlog: Backlog;
  #durability: Durability;
  /** Somebody asked for records that are not read ahead. */
  #wanted = false;
  #tendAsked = false;
  #ageTimer: unknown;
  #closed = false;

  constructor(options: OutboxOptions) {
    this.#o = options;
    this.#durability = options.durability;
    this.#disk = new DiskSegments(options.folder, options.files);
    this.#work = new DiskWork(options.monotonic, options.note);
    this.#commits = new CommitSchedule({
      timers: options.timers,
      random: options.random,
      work: this.#work,
      due: () => this.#due(),
      commit: () => this.#commit(),
    });
    this.#backlog = new Backlog(this.#disk, (damage) => this.#damaged(damage));
    this.#ram = options.ramFolder === undefined ? undefined : new RamJournal(options.ramFolder, options.note);
    this.#book = this.#begin(this.#found());
    this.#work.do(() => this.#tend());
    this.#surveyNext([...this.#backlog.segments]);
    // What a run before left in RAM has waited long enough: an agent that is killed again and again would never write it.
    this.#commits.now();
    this.#checkAge();
  }

  // --- the start

  /** One by one, each behind what is due by then: a commit need not wait until a full outbox is read. */
  #surveyNext(segments: Segment[]): void {
    const segment = segments.shift();
    if (segment === undefined || this.#closed) return;
    this.#work.do(async () => {
      await this.#backlog.survey(segment);
      this.#surveyNext(segments);
    });
  }

  #found(): Found {
    try {
      return readFolder(this.#o.folder);
    } catch (error) {
      // A folder that could not be made holds nothing. One that cannot be listed may hold records, which are not to be mixed up.
      if (!['EROFS', 'ENOSPC'].includes((error as NodeJS.ErrnoException).code ?? '')) this.#work.off = true;
      this.#work.failed(error);
      return { numbers: undefined, numbersDamaged: false, segments: [], last: 0 };
    }
  }

  #begin(found: Found): NumberBook {
    const { note, randomBytes } = this.#o;
    const { exposed } = this.#durability;
    const fresh = { stream: randomBytes(8), now: this.#unixMs(), exposed };
    const { numbers, gap, given, stale, inRam, tailLast } = planStart(found, this.#ram?.recover(), fresh);
    const places = { disk: this.#disk, ram: this.#ram, work: this.#work, now: () => this.#unixMs() };
    const book = new NumberBook(numbers, places);
    const tail = found.segments.at(-1);
    if (tail !== undefined) tail.last = tailLast;
    this.#backlog.segments.push(...found.segments);
    if (found.numbersDamaged)
      note('outbox: the file of numbers is damaged; the count goes on in a new stream');
    if (gap !== undefined) {
      const { count, from, to, why } = gap;
      note(`outbox: up to ${count} of the records ${from} to ${to} are lost: ${LOST_BECAUSE[why]}`);
      book.lose(gap);
    }
    book.lose(...given);
    for (const record of inRam) book.lose(...gapsOf(this.#fresh.add(record, this.#o.monotonic()), 'full'));
    book.reserveSync();
    if (stale) this.#ram?.forget();
    return book;
  }

  #unixMs(): number {
    return Math.max(0, this.#o.now().timestamp);
  }

  // --- taking

  get stream(): Uint8Array {
    return this.#book.now.stream;
  }

  add(taken: TakenRecord): OutboxRecord {
    const record: OutboxRecord = { stream: this.stream, number: this.#book.next(), ...taken };
    let block: Buffer;
    try {
      block = encodeBlock([record]);
    } catch (error) {
      this.#o.note(`record ${record.number} cannot be kept and is given up: ${(error as Error).message}`);
      this.#book.lose(...gapsOf([record], 'unsendable'));
      this.#book.ask();
      return record;
    }
    this.#ram?.add(record.number, block);
    const dropped = this.#fresh.add(record, this.#o.monotonic());
    if (dropped.length > 0) {
      this.#book.lose(...gapsOf(dropped, 'full'));
      this.#ram?.settle(this.#fresh.oldest, () => this.#book.now);
    }
    if (this.#fresh.size > this.#book.now.exposed) this.#book.expose(2 * this.#fresh.size);
    if (this.#fresh.halfFull && this.#work.failures === 0) this.#commits.now();
    this.#commits.later();
    return record;
  }

  // --- sending

  get size(): number {
    return this.#fresh.size + this.#backlog.count + this.#book.now.gaps.length;
  }

  has(backlog: boolean): boolean {
    if (this.#fresh.size > 0) return true;
    if (!backlog) return false;
    if (this.#book.now.gaps.length > 0) return true;
    for (const _ of this.#backlog.ahead()) return true;
    if (this.#backlog.count > 0 && !this.#wanted) {
      this.#wanted = true;
      this.#work.do(() => this.#tend());
    }
    return false;
  }

  batch({ records, bytes, backlog }: { records: number; bytes: number; backlog: boolean }): Batch {
    const fresh = this.#fresh.all();
    const live = fresh.slice(-LIVE_RECORDS).reverse();
    const picked = pick({ records, bytes }, live, backlog ? [this.#backlog.ahead(), fresh] : []);
    return {
      stream: picked.records[0]?.stream ?? this.stream,
      bytes: picked.bytes,
      records: picked.records.map((record) => this.#o.repair(record, this.#book.now.boots)),
      gaps: this.#book.now.gaps.slice(0, GAPS_PER_MESSAGE),
    };
  }

  acknowledge({ records, gaps }: Batch): void {
    this.#forget(records);
    this.#book.told(gaps);
  }

  giveUp(records: readonly OutboxRecord[]): void {
    this.#book.lose(...gapsOf(records, 'unsendable'));
    this.#book.ask();
    this.#forget(records);
  }

  #forget(records: readonly OutboxRecord[]): void {
    for (const { number } of records) if (!this.#fresh.delete(number)) this.#backlog.acknowledge(number);
    this.#ram?.settle(this.#fresh.oldest, () => this.#book.now);
    if (this.#backlog.segments.length === 0 || this.#tendAsked) return;
    this.#tendAsked = true;
    this.#work.do(async () => {
      this.#tendAsked = false;
      await this.#tend();
    });
  }

  renew(): void {
    this.#book.renew(this.#o.randomBytes(8));
  }

  /**
   * A boot's clock is known: what was taken in it before can be given its time, in later boots too.
   * @param offset Unix ms at the zero of the boot's clock
   */
  knowBoot(id: Uint8Array, offset: number): void {
    this.#book.knowBoot(id, offset);
  }

  // --- durability

  configure(durability: Durability): void {
    const shorter = durability.windowMs < this.#durability.windowMs;
    this.#durability = durability;
    this.#book.expose(Math.max(durability.exposed, this.#book.now.exposed));
    if (shorter) this.#commits.now();
    // Fewer may be lost only once those that wait from before are on disk.
    this.#work.do(async () => this.#book.expose(Math.max(this.#durability.exposed, this.#fresh.size)));
    this.#commits.later();
  }

  /** ms until what is oldest in memory must be on disk. */
  #due(): number | undefined {
    const { since } = this.#fresh;
    if (since === undefined) return undefined;
    return Math.max(0, since + this.#durability.windowMs - this.#o.monotonic());
  }

  /** Writes what the server does not have. */
  async #commit(): Promise<void> {
    await this.#book.save();
    for (const records of blocksOf(this.#fresh.all())) {
      const facts = blockFacts(records);
      const before = this.#backlog.segments.at(-1);
      if (before !== undefined && hex(before.stream) !== hex(facts.stream)) this.#disk.seal();
      const place = await this.#disk.append(encodeBlock(records), facts);
      // What the server got meanwhile is on disk too, but waits no more.
      const waiting = records.flatMap(({ number }) => (this.#fresh.delete(number) ? number : []));
      this.#backlog.wrote(place, facts, waiting);
      this.#ram?.settle(this.#fresh.oldest, () => this.#book.now);
      this.#work.fine();
    }
    await this.#makeRoom();
    await this.#tend();
  }

  /** Gives up the oldest segments until the rest fits and is young enough. */
  async #makeRoom(): Promise<void> {
    const { segments } = this.#backlog;
    while (segments.length > 1 && this.#backlog.bytes > this.#durability.bytes)
      await this.#drop(segments[0]!, 'full');
    const now = this.#o.now();
    const isOld = (one: Segment): boolean => one.timed && one.newest < now.timestamp - this.#durability.ageMs;
    while (now.synchronised && segments[0] !== undefined && isOld(segments[0]))
      await this.#drop(segments[0], 'age');
  }

  async #drop(segment: Segment, why: GapReason): Promise<void> {
    await this.#backlog.survey(segment);
    if (!this.#backlog.segments.includes(segment)) return; // nothing of it was whole
    const { stream, first, last, count, oldest, newest, waiting } = segment;
    this.#book.lose({
      stream,
      from: first,
      to: last,
      count: waiting?.size ?? count,
      since: oldest,
      until: newest,
      why,
    });
    // Before the file goes: a crash in between leaves records that are told as given up and come all the same, not some that do neither.
    await this.#book.save();
    await this.#backlog.remove(segment);
  }

  /** Removes what the server has and reads on ahead. */
  async #tend(): Promise<void> {
    try {
      for (const segment of this.#backlog.settled()) {
        await this.#backlog.remove(segment);
        this.#work.fine();
      }
    } catch (error) {
      this.#work.failed(error);
    }
    let more = false;
    try {
      for (;;) {
        const segment = this.#closed ? undefined : this.#backlog.unread(this.#wanted);
        if (segment === undefined) break;
        await this.#backlog.readAhead(segment);
        this.#wanted = false;
        more = true;
      }
    } finally {
      this.#wanted = false;
    }
    if (more) this.#o.ready();
  }

  #checkAge(): void {
    this.#ageTimer = this.#o.timers.set(() => {
      this.#work.do(async () => {
        await this.#book.save();
        await this.#makeRoom();
      });
      this.#checkAge();
    }, AGE_CHECK_MS);
  }

  async #damaged({ segment, stream, offset, bytes, from, to }: Damage): Promise<void> {
    const name = `${segment.name}-${offset}`;
    const kept = await setAside(join(this.#o.folder, ASIDE), name, bytes);
    const lost = Math.max(0, to - from + 1);
    const what =
      bytes.length === 0
        ? `${segment.name} cannot be read`
        : `${bytes.length} bytes of ${segment.name} are damaged`;
    const which = lost === 0 ? '' : `; records ${from} to ${to} may be lost`;
    this.#o.note(`outbox: ${what}${which}${kept ? `; set aside in ${ASIDE}/${name}` : ''}`);
    if (lost === 0) return;
    const [since, until] = segment.known ? [segment.oldest, segment.newest] : [0, this.#unixMs()];
    this.#book.lose({ stream, from, to, count: lost, since, until, why: 'damaged' });
    this.#book.ask();
  }

  get status(): OutboxStatus {
    return {
      waiting: this.#fresh.size + this.#backlog.count,
      onDisk: this.#backlog.count,
      diskBytes: this.#backlog.bytes,
      oldest: this.#backlog.oldest ?? this.#fresh.first?.timestamp ?? null,
      dropped: this.#book.dropped,
      gaps: this.#book.now.gaps.length,
      disk: this.#work.trouble ?? 'ok',
      journal: this.#ram?.on ?? false,
      written: this.#disk.written,
    };
  }

  /** Monotonic ms since which the disk has been busy with one piece of work; undefined when it is idle. */
  get busySince(): number | undefined {
    return this.#work.busySince;
  }

  /** Resolves when all disk work that is known now has ended. */
  idle(): Promise<void> {
    return this.#work.idle();
  }

  /** Writes what is in memory, now. Resolves when it is on disk, or failed to be. */
  async flush(): Promise<void> {
    this.#commits.stop();
    if (this.#fresh.size > 0) this.#work.do(() => this.#commit());
    await this.idle();
  }

  #end(): void {
    this.#closed = true;
    this.#commits.end();
    this.#o.timers.clear(this.#ageTimer);
  }

  /** Ends as a killed process would, for tests: no timer fires any more, and what was asked of the disk is done. */
  async abandon(): Promise<void> {
    this.#end();
    await this.idle();
  }

  /** The end in good order: all on disk, and the next number too. */
  async close(): Promise<void> {
    this.#end();
    await this.flush();
    this.#work.do(async () => {
      this.#disk.seal();
      if (this.#fresh.size > 0) return; // the disk does not take it: the journal in RAM is what is left
      await this.#book.close();
      this.#ram?.clear();
    });
    await this.idle();
  }
}
