// For `node --require`: a clock that is off by CLOCK_IS_OFF milliseconds, as on a machine that nobody keeps in time.
const off = Number(process.env.CLOCK_IS_OFF);
const { now } = Date;

global.Date = class extends Date {
    constructor(...args) {
        super(...(args.length > 0 ? args : [now() + off]));
    }

    static now() {
        return now() + off;
    }
};
