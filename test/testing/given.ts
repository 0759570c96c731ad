import * as Effect from "effect/Effect"
import { Actor, type ActorRef, type AnyRef } from "../../src/actor/index.ts"

export const scores = {
  /** The points of one player. */
  Points: Actor.message<{ player: string; points: number }>(),
  Done: Actor.message(),
  /** Whether the game may go on. */
  GoOn: Actor.ask<{ round: number }, boolean>(),
  Winner: Actor.ask<Record<never, never>, string>()
}

export const game = {
  Score: Actor.message<{ player: string; points: number }>(),
  /** Asks the board, and plays a round where it says so. */
  Round: Actor.message<{ round: number }>(),
  Later: Actor.message<{ ms: number }>(),
  Crash: Actor.message<{ text: string }>(),
  Stop: Actor.message(),
  Watch: Actor.message<{ ref: AnyRef }>(),
  Rounds: Actor.ask<Record<never, never>, number>()
}

/** Counts rounds, and tells a board about them. */
export const gameWith = (board: ActorRef<typeof scores>) =>
  Actor.make("Game", {
    protocol: game,
    initial: 0,
    handlers: {
      Score: (rounds, { player, points }) => {
        board.tell("Points", { player, points })
        return rounds
      },
      Round: (rounds, { round }) =>
        board.ask("GoOn", { round }).pipe(Effect.map((goOn) => (goOn ? rounds + 1 : rounds))),
      Later: (rounds, { ms }, { timers }) => {
        timers.after("later", ms, "Score", { player: "late", points: 1 })
        return rounds
      },
      Crash: (_rounds, { text }) => {
        throw new Error(text)
      },
      Stop: (rounds, _payload, context) => {
        context.stop()
        return rounds
      },
      Watch: (rounds, { ref }, { watch }) => {
        watch(ref)
        return rounds
      },
      Rounds: (rounds, _payload, { reply }) => {
        reply(rounds)
        return rounds
      }
    }
  })
