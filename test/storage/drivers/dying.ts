/** The real driver, which takes its thread down at the first row. */
import * as real from "@duckdb/node-api"

export * from "@duckdb/node-api"

export const DuckDBInstance = {
  fromCache: async (path: string, config: Record<string, string>) => {
    const instance = await real.DuckDBInstance.fromCache(path, config)
    const connect = instance.connect.bind(instance)
    instance.connect = async () => {
      const connection = await connect()
      connection.createAppender = () => process.exit(7)
      return connection
    }
    return instance
  }
}
