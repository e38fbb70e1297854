/** Logo of a new pack: a parcel, 64 by 64 pixels, PNG. */
export const skeletonLogo = Buffer.from(
    [
        "iVBORw0KGgoAAAANSUhEUgAAAEAAAABAAgMAAADXB5lNAAAADFBMVEUAAAAvb9Balejy5rgWT+n6AAAAAXRS",
        "TlMAQObYZgAAAC9JREFUeNpjYBhZgGsVCPz/D6YWDCkB/v9I4AM2AdZQEPj/H0wFDEEBKBgVGDIAALoDA2Fw",
        "VR7HAAAAAElFTkSuQmCC",
    ].join(""),
    "base64",
);
