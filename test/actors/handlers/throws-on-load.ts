throw Object.assign(new Error("no database"), { code: "E_SETUP" })
