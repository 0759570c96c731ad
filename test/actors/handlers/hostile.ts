/** Whether the payload has changed what every object of this thread inherits. */
export const pollutes = (payload: unknown) => ({ polluted: "polluted" in {}, keys: Object.keys(Object(payload)) })
