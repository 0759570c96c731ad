import type { MessagePort, Transferable } from "node:worker_threads"
import { receiveMessageOnPort } from "node:worker_threads"
import { type Border, threadBorder } from "./border.ts"
import {
  type CommandsInTransit,
  type MessageInTransit,
  packCommands,
  packMessage,
  unpackCommands,
  unpackMessage
} from "./columns.ts"
import type { RunCommand, WorkerMessage } from "./protocol.ts"

/** One end of a data line: a `MessagePort` of a thread, a pipe of a process. */
export interface DataPort<In, Out> {
  readonly border: Border
  /** Throws where the message cannot cross. Across a process border `transfer` is copied like all else. */
  postMessage(message: Out, transfer?: ReadonlyArray<Transferable>): void
  listen(onMessage: (message: In) => void, onUnreadable: (error: Error) => void): void
  /** The next message that has come and was not listened to yet. */
  receive(): In | undefined
  close(): void
}

const none: ReadonlyArray<Transferable> = []

/** `pack` and `unpack`: how messages are carried across. */
const threadPort = <In, InTransit, Out, OutTransit>(
  port: MessagePort,
  pack: (message: Out) => OutTransit,
  unpack: (message: InTransit) => In
): DataPort<In, Out> => ({
  border: threadBorder,
  postMessage: (message, transfer = none) => port.postMessage(pack(message), transfer),
  listen: (onMessage, onUnreadable) => {
    port.on("message", (message: InTransit) => onMessage(unpack(message)))
    port.on("messageerror", onUnreadable)
  },
  receive: () => {
    const received: { readonly message: InTransit } | undefined = receiveMessageOnPort(port)
    return received && unpack(received.message)
  },
  close: () => port.close()
})

/** The owner's end of a thread's data line. */
export const ownerPort = <E extends number>(
  port: MessagePort
): DataPort<WorkerMessage<E>, ReadonlyArray<RunCommand<E>>> =>
  threadPort<WorkerMessage<E>, MessageInTransit<E>, ReadonlyArray<RunCommand<E>>, CommandsInTransit<E>>(
    port,
    packCommands,
    unpackMessage
  )

/** The thread's own end. */
export const workerPort = (port: MessagePort): DataPort<ReadonlyArray<RunCommand>, WorkerMessage> =>
  threadPort<ReadonlyArray<RunCommand>, CommandsInTransit, WorkerMessage, MessageInTransit>(
    port,
    packMessage,
    unpackCommands
  )
