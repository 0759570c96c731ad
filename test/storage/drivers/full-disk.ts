/** The real driver, whose first write fails as it does on a full disk. */
import * as real from "@duckdb/node-api"

export * from "@duckdb/node-api"

let failures = 1

export const DuckDBInstance = {
  fromCache: async (path: string, config: Record<string, string>) => {
    const instance = await real.DuckDBInstance.fromCache(path, config)
    const connect = instance.connect.bind(instance)
    instance.connect = async () => {
      const connection = await connect()
      const createAppender = connection.createAppender.bind(connection)
      connection.createAppender = async (table: string) => {
        const appender = await createAppender(table)
        const flush = appender.flushSync.bind(appender)
        appender.flushSync = () => {
          if (failures > 0) {
            failures -= 1
            appender.clear()
            throw new Error("IO Error: No space left on device")
          }
          flush()
        }
        return appender
      }
      return connection
    }
    return instance
  }
}
