import workerpool from "workerpool"
import { crash, echo, spin, timeOfStep, wait } from "./handlers.ts"

workerpool.worker({ echo, spin, timeOfStep, wait, crash })
