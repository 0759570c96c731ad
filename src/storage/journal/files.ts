import { close, fdatasync, fsync, ftruncate, open, write } from "node:fs"

/** A segment's file, as the journal writes it. */
export interface JournalFile {
  /** Writes all of the bytes at this place, or rejects. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** Resolves once what was written survives a power failure. */
  sync(): Promise<void>
  truncate(length: number): Promise<void>
  close(): Promise<void>
}

/** What a journal asks of the file system while it runs. */
export interface JournalFiles {
  /** An empty file; one that is there is emptied. */
  create(path: string): Promise<JournalFile>
  /** Resolves once the names in the directory survive a power failure. */
  syncDirectory(path: string): Promise<void>
}

const done =
  (resolve: () => void, reject: (cause: Error) => void) =>
  (cause: Error | null): void => {
    if (cause === null) resolve()
    else reject(cause)
  }

const descriptorOf = (path: string, flags: string): Promise<number> =>
  new Promise((resolve, reject) =>
    open(path, flags, (cause, descriptor) => {
      if (cause === null) resolve(descriptor)
      else reject(cause)
    })
  )

const closed = (descriptor: number): Promise<void> =>
  new Promise((resolve, reject) => close(descriptor, (cause) => done(resolve, reject)(cause ?? null)))

const written = (descriptor: number, bytes: Uint8Array, position: number): Promise<number> =>
  new Promise((resolve, reject) =>
    write(descriptor, bytes, 0, bytes.length, position, (cause, count) => {
      if (cause === null) resolve(count)
      else reject(cause)
    })
  )

class NodeFile implements JournalFile {
  readonly #descriptor: number

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const count = await written(this.#descriptor, at === 0 ? bytes : bytes.subarray(at), position + at)
      // A file system that takes nothing and gives no reason would be asked for ever.
      if (count === 0) throw new Error("nothing was written")
      at += count
    }
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => fdatasync(this.#descriptor, done(resolve, reject)))
  }

  truncate(length: number): Promise<void> {
    return new Promise((resolve, reject) => ftruncate(this.#descriptor, length, done(resolve, reject)))
  }

  close(): Promise<void> {
    return closed(this.#descriptor)
  }
}

/** The file system of this machine. */
export const nodeFiles: JournalFiles = {
  create: async (path) => new NodeFile(await descriptorOf(path, "w")),
  syncDirectory: async (path) => {
    // Windows has no such thing: a directory cannot be opened there.
    if (process.platform === "win32") return
    const descriptor = await descriptorOf(path, "r")
    try {
      await new Promise<void>((resolve, reject) => fsync(descriptor, done(resolve, reject)))
    } finally {
      await closed(descriptor)
    }
  }
}
