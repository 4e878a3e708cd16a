#include "dialects.h"

#include "base.h"

#include <stdio.h>
#include <string.h>

struct tally tally;

static struct client *client_of(struct conn *c) { return (struct client *)c; }

/* Counts poses, and hands the records to those who decode. */
static void poses_came(struct client *c, const uint8_t *data, size_t have, size_t length) {
    c->poses += length / 16, tally.poses += length / 16;
    if (c->place.sample < 0 || have < length) return;
    tally.decoded += length / 16;
    pose_records(&c->place, data, length, now_us());
}

static void saw(struct conn *c, uint32_t bit, uint32_t all) {
    struct client *client = client_of(c);
    client->seen |= bit;
    if (c->state == JOINING && client->seen == all) conn_joined(c);
}

/* xr: Phoenix Channels, version 2 */

enum { REPLY = 1, SNAPSHOT = 2, USER_SNAPSHOT = 4 };

static void xr_start(struct conn *c) {
    struct client *client = client_of(c);
    snprintf(client->path, sizeof client->path, "/socket/websocket?vsn=2.0.0&user_token=%s",
             client->token);
    conn_upgrade(c, client->path, "");
}

static void xr_join(struct conn *c, int voice) {
    char join[256];
    int length = snprintf(join, sizeof join,
                          "[\"1\",\"1\",\"room:%s\",\"phx_join\",{\"poses\":\"binary\",\"voice\":%d}]",
                          client_of(c)->room, voice);
    conn_send(c, TEXT, (uint8_t *)join, (size_t)length);
}

static void xr_opened(struct conn *c) { xr_join(c, 0); }

static void xr_voice_opened(struct conn *c) { xr_join(c, 1); }

/* The fourth item of the array is the event: skip three strings or nulls. */
static const char *xr_event(const char *text, const char *end) {
    const char *p = text + 1;
    for (int items = 0; items < 3; items++) {
        while (p < end && *p != ',') {
            if (*p++ != '"') continue;
            while (p < end && *p != '"') p += *p == '\\' ? 2 : 1;
            p++;
        }
        p++;
    }
    while (p < end && *p != '"') p++;
    return p < end ? p : "";
}

static void xr_text(struct conn *c, const char *text, size_t have) {
    char start[513];
    have = have < 512 ? have : 512;
    memcpy(start, text, have);
    start[have] = 0;
    const char *event = xr_event(start, start + have);
    if (!strncmp(event, "\"phx_reply\"", 11)) {
        if (!strstr(event, "\"status\":\"ok\"")) {
            fprintf(stderr, "refused: %.120s\n", start);
            conn_errors++;
        }
        saw(c, REPLY, 7);
    } else if (!strncmp(event, "\"snapshot\"", 10)) {
        saw(c, SNAPSHOT, 7);
    } else if (!strncmp(event, "\"user_snapshot\"", 15)) {
        saw(c, USER_SNAPSHOT, 7);
    } else if (!strncmp(event, "\"phx_error\"", 11) || !strncmp(event, "\"phx_close\"", 11)) {
        fprintf(stderr, "channel ended: %.120s\n", start);
        conn_errors++;
    }
}

static void xr_message(struct conn *c, int opcode, const uint8_t *data, size_t have, size_t length) {
    if (opcode == TEXT) {
        xr_text(c, (const char *)data, have);
    } else if (have > 3 && data[0] == 2 && data[2] == 5 && !memcmp(data + 3 + data[1], "poses", 5)) {
        size_t header = 3u + data[1] + data[2];
        if (client_of(c)->place.sample >= 0) tally.decoded_bytes += length;
        poses_came(client_of(c), data + header, have - header, length - header);
    } else if (have == length && have > 3 && data[0] == 2 && data[2] == 5 &&
               !memcmp(data + 3 + data[1], "voice", 5)) {
        size_t header = 3u + data[1] + data[2];
        voices_records(data + header, length - header, now_us());
    } else {
        conn_errors++;
    }
}

/* The beginning of a binary push; the event's data follows behind so many bytes. */
static size_t xr_push(struct client *c, uint32_t number, const char *event, uint8_t *out) {
    char strings[160];
    /* join_ref, then a ref of four digits as a client counts them, topic, event */
    int topic = snprintf(strings, sizeof strings, "1%04uroom:%s", number % 10000, c->room) - 5;
    size_t length = strlen(event);
    out[0] = 0, out[1] = 1, out[2] = 4, out[3] = (uint8_t)topic, out[4] = (uint8_t)length;
    memcpy(out + 5, strings, 5 + (size_t)topic);
    memcpy(out + 10 + topic, event, length);
    return 10 + (size_t)topic + length;
}

static size_t xr_pose(struct client *c, uint8_t *out) {
    struct pose pose = pose_next(&c->place, now_us());
    size_t length = xr_push(c, c->place.sequence, "i_moved", out);
    pose_push(out + length, &pose);
    return length + 14;
}

static size_t xr_voice(struct client *c, uint8_t *out) {
    size_t length = xr_push(c, ++c->spoken, "voice", out);
    voices_push(out + length, c->spoken, now_us());
    return length + VOICE_PUSH;
}

/* xr-page: as a browser comes, a newcomer without a cookie who is given a name by the page */

static void page_start(struct conn *c) {
    struct client *client = client_of(c);
    snprintf(client->path, sizeof client->path, "/rooms/%s", client->room);
    conn_get(c, client->path);
}

/* Copies what stands between `before` and any of `ends`. */
static bool between(const char *text, const char *before, const char *ends, char *out, size_t size) {
    const char *start = strcasestr(text, before);
    if (start == NULL) return false;
    start += strlen(before);
    size_t length = strcspn(start, ends);
    if (length >= size) return false;
    memcpy(out, start, length);
    out[length] = 0;
    return true;
}

static void page_answered(struct conn *c, const char *head, char *body) {
    struct client *client = client_of(c);
    char token[512], cookie[512];
    if (!between(body, "name=\"user-token\" content=\"", "\"", token, sizeof token))
        fail("no token in the page of %s", client->room);
    if (!between(head, "\r\nset-cookie: ", ";\r", cookie, sizeof cookie))
        fail("no cookie with the page of %s", client->room);
    snprintf(client->path, sizeof client->path, "/socket/websocket?vsn=2.0.0&user_token=%s", token);
    conn_upgrade(c, client->path, cookie);
}

/* ws: the relay in peers/relay.mjs, our record without an envelope */

static void ws_start(struct conn *c) {
    struct client *client = client_of(c);
    snprintf(client->path, sizeof client->path, "/?room=%s", client->room);
    conn_upgrade(c, client->path, "");
}

static void ws_opened(struct conn *c) { (void)c; }

static void ws_message(struct conn *c, int opcode, const uint8_t *data, size_t have, size_t length) {
    if (opcode == BINARY) {
        if (client_of(c)->place.sample >= 0) tally.decoded_bytes += length;
        poses_came(client_of(c), data, have, length);
    } else if (have > 11 && !memcmp(data, "{\"snapshot\"", 11)) {
        saw(c, SNAPSHOT, 6);
    } else if (have > 8 && !memcmp(data, "{\"users\"", 8)) {
        saw(c, USER_SNAPSHOT, 6);
    }
}

static size_t ws_pose(struct client *c, uint8_t *out) {
    struct pose pose = pose_next(&c->place, now_us());
    pose_push(out, &pose);
    return 14;
}

/* colyseus: a seat by HTTP, then schema patches. Protocol.ts, schema's encoding/spec.ts */

enum { JOIN_ROOM = 10, ERROR = 11, ROOM_STATE = 14, ROOM_STATE_PATCH = 15, ROOM_DATA_BYTES = 17 };
enum { SWITCH_TO_STRUCTURE = 255, FIRST_PLAYER = 3 }; /* 0 the state, 1 and 2 its two maps */

static void colyseus_start(struct conn *c) {
    char body[160];
    snprintf(body, sizeof body, "{\"place\":\"%s\"}", client_of(c)->room);
    conn_post(c, "/matchmake/joinOrCreate/pose", body);
}

static bool json_string(const char *json, const char *key, char *out, size_t size) {
    char before[64];
    snprintf(before, sizeof before, "\"%s\":\"", key);
    return between(json, before, "\"", out, size);
}

static void colyseus_answered(struct conn *c, const char *head, char *body) {
    char process[48], room[48], session[48];
    struct client *client = client_of(c);
    (void)head;
    if (!json_string(body, "processId", process, sizeof process) ||
        !json_string(body, "roomId", room, sizeof room) ||
        !json_string(body, "sessionId", session, sizeof session))
        fail("no seat: %.200s", body);
    snprintf(client->path, sizeof client->path, "/%s/%s?sessionId=%s", process, room, session);
    conn_upgrade(c, client->path, "");
}

static uint32_t colyseus_number(const uint8_t **p) {
    const uint8_t *at = *p;
    uint32_t low = at[1] | (uint32_t)at[2] << 8;
    switch (at[0]) {
    case 0xcc: *p += 2; return at[1];
    case 0xcd: *p += 3; return low;
    case 0xce: *p += 5; return low | (uint32_t)at[3] << 16 | (uint32_t)at[4] << 24;
    default: *p += 1; return at[0];
    }
}

/* A patch is a row of structures, each `255, refId, (operation | field, value)…`. Players have
 * float32 fields only; a patch that also brings or removes players is read up to that place. */
static void colyseus_patch(const struct place *place, const uint8_t *data, size_t length) {
    const uint8_t *p = data, *end = data + length;
    uint64_t now = now_us(), count = 0;
    while (p + 6 <= end && *p == SWITCH_TO_STRUCTURE) {
        p++;
        uint32_t reference = colyseus_number(&p);
        if (reference < FIRST_PLAYER) break;
        float fields[7] = {-1, -1, -1};
        while (p + 5 <= end && *p != SWITCH_TO_STRUCTURE && (*p & 63) < 7) {
            memcpy(&fields[*p & 63], p + 1, 4);
            p += 5;
        }
        count++;
        if (fields[0] < 0 || fields[1] < 0 || fields[2] < 0) continue; /* one did not change */
        pose_saw(place, reference, (int32_t)fields[0], (int32_t)fields[1], (int32_t)fields[2], now);
    }
    tally.decoded += count, tally.decoded_bytes += length;
}

static void colyseus_message(struct conn *c, int opcode, const uint8_t *data, size_t have,
                             size_t length) {
    if (opcode != BINARY || have < 1) return;
    int code = data[0] & 31;
    if (code == JOIN_ROOM) {
        uint8_t acknowledged = JOIN_ROOM;
        conn_send(c, BINARY, &acknowledged, 1);
    } else if (code == ROOM_STATE) {
        saw(c, SNAPSHOT, SNAPSHOT);
    } else if (code == ROOM_STATE_PATCH) {
        struct client *client = client_of(c);
        client->poses += length / 32; /* about; the sum is worked out by bytes */
        if (client->place.sample >= 0 && have == length) colyseus_patch(&client->place, data + 1, length - 1);
    } else if (code == ERROR) {
        conn_errors++;
    }
}

static size_t colyseus_pose(struct client *c, uint8_t *out) {
    struct pose pose = pose_next(&c->place, now_us());
    float fields[7] = {(float)pose.x, (float)pose.y, (float)pose.z};
    memcpy(fields + 3, pose.quaternion, 16);
    out[0] = ROOM_DATA_BYTES, out[1] = 0; /* the type of the message: the number 0 */
    memcpy(out + 2, fields, sizeof fields);
    return 2 + sizeof fields;
}

static const struct dialect dialects[] = {
    {"xr", {xr_start, NULL, xr_opened, xr_message}, xr_pose, NULL},
    {"xr-voice", {xr_start, NULL, xr_voice_opened, xr_message}, xr_pose, xr_voice},
    {"xr-page", {page_start, page_answered, xr_opened, xr_message}, xr_pose, NULL},
    {"ws", {ws_start, NULL, ws_opened, ws_message}, ws_pose, NULL},
    {"colyseus", {colyseus_start, colyseus_answered, ws_opened, colyseus_message}, colyseus_pose, NULL},
};

const struct dialect *dialect_named(const char *name) {
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        if (!strcmp(dialects[i].name, name)) return &dialects[i];
    fail("there is no dialect %s", name);
}
