"""The services that the practice panel sells (panel-api.md section 3). IDs are stable for ever.

Flags: R refill, C cancel, D drip-feed. A max of 0 means no upper limit. Some rows are as odd as rows
of real lists are: a heading and a deleted service that can be bought, a name that looks like a formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

_TABLE: Final = """
# Instagram Followers
1   | Default                 | 0.90   | 50   | 10000    | RCD | Instagram Followers | Refill 30 days
101 | Default                 | 0.45   | 10   | 100000   | CD  | Instagram Followers | No refill | Fast
102 | Default                 | 1.85   | 100  | 50000    | R   | Instagram Followers | Real | Refill 60 days
103 | Default                 | 2.375  | 50   | 200000   | RC  | Instagram Followers [PP &amp; Posts] | Refill
104 | Default                 | 1.20   | 50   | 20000    | CD  | 🇧🇷 Instagram Followers Brazil 🔥 | No refill
105 | Package                 | 2.90   | 1    | 1        | R   | Instagram 1000 Followers Package | Refill
106 | Default                 | 9999   | 1    | 1        |     | ------ VIP ------
107 | Default                 | 4.50   | 100  | 20000    | RC  | Instagram Followers VIP | Lifetime refill

# Instagram Likes and Views
120 | Default                 | 0.25   | 10   | 50000    | RCD | Instagram Likes | Refill 30 days | Instant
121 | Default                 | 0.0432 | 20   | 300000   | CD  | Instagram Likes | No refill | 100K a day
122 | Default                 | 0.02   | 100  | 10000000 | D   | Instagram Reel Views | Instant
123 | Default                 | 0.10   | 100  | 50000    | D   | Instagram Story Views | All stories
124 | Default                 | 0.15   | 10   | 15000    | C   | Instagram Saves | Start 0-6 hours
125 | Default                 | 0.08   | 100  | 1000000  | CD  | Instagram Impressions + Reach
126 | Subscriptions           | 0.60   | 20   | 10000    | C   | Instagram Auto Likes | Every new post
127 | Subscriptions           | 0.05   | 100  | 100000   |     | Instagram Auto Reel Views | Every new reel
128 | Package                 | 1.35   | 1    | 1        |     | Instagram Starter Package | Likes + views

# Instagram Comments
2   | Custom Comments         | 8      | 10   | 1500     | C   | Instagram Comments | Custom
140 | Default                 | 4.00   | 5    | 1000     | C   | Instagram Comments | Random | English
141 | Custom Comments         | 12.50  | 5    | 500      | RC  | Instagram Comments | Custom | Verified
142 | Custom Comments Package | 3.75   | 1    | 1        |     | Instagram 10 Custom Comments Package
143 | Comment Replies         | 9.00   | 1    | 500      | C   | Instagram Comment Replies | Custom
144 | Comment Likes           | 1.10   | 20   | 5000     | C   | Instagram Comment Likes | By owner

# Instagram Mentions
160 | Mentions Custom List    | 6.00   | 10   | 10000    |     | Instagram Mentions | Own list of users
161 | Mentions User Followers | 2.50   | 1000 | 50000    | C   | Instagram Mentions | Followers of a user
162 | Mentions                | 3.20   | 100  | 20000    |     | Instagram Mentions | Users around a list
163 | Mentions with Hashtags  | 3.60   | 100  | 20000    |     | Instagram Mentions with Hashtags
164 | Mentions Hashtag        | 3.00   | 500  | 50000    | C   | Instagram Mentions | Users of one hashtag
165 | Mentions Media Likers   | 2.80   | 500  | 50000    |     | Instagram Mentions | Likers of a post

# TikTok
200 | Default                 | 1.60   | 50   | 50000    | RCD | TikTok Followers | Refill 30 days
201 | Default                 | 0.70   | 10   | 100000   | CD  | TikTok Likes | No refill
202 | Default                 | 0.01   | 100  | 0        | D   | TikTok Views | No upper limit
203 | Default                 | 0.20   | 10   | 25000    | C   | TikTok Shares
204 | Default                 | 0.35   | 10   | 20000    |     | TikTok Saves
205 | Custom Comments         | 10.00  | 5    | 1000     | C   | TikTok Comments | Custom
206 | Subscriptions           | 0.90   | 50   | 20000    | C   | TikTok Auto Likes | Every new video
207 | Default                 | 3.50   | 20   | 5000     |     | TikTok Live Viewers | 30 minutes

# YouTube
220 | Default                 | 1.95   | 500  | 1000000  | RCD | YouTube Views | Refill | High retention
221 | Default                 | 18.75  | 50   | 10000    | R   | YouTube Subscribers | Refill 90 days
222 | Default                 | 1.15   | 10   | 50000    | RCD | YouTube Likes | Lifetime refill
223 | Custom Comments         | 14.00  | 5    | 2000     | C   | YouTube Comments | Custom
224 | Comment Likes           | 0.95   | 20   | 10000    | C   | YouTube Comment Likes
225 | Comment Replies         | 15.00  | 5    | 200      |     | YouTube Comment Replies | Custom
226 | Default                 | 24.50  | 100  | 4000     | R   | YouTube Watch Time | 60 minute video
227 | Package                 | 32.00  | 1    | 1        | C   | YouTube Channel Starter Package
228 | Default                 | 2.10   | 100  | 50000    | D   | YouTube Shorts Views | 🇩🇪 Germany
229 | Subscriptions           | 2.40   | 500  | 50000    |     | YouTube Auto Views | Every new video

# Telegram
240 | Default                 | 0.85   | 10   | 100000   | RCD | Telegram Members | Refill 30 days
241 | Default                 | 0.30   | 100  | 50000    | C   | => Telegram Members | Cheapest, may drop
242 | Default                 | 0.02   | 10   | 500000   | D   | Telegram Post Views | One post
243 | Default                 | 0.12   | 10   | 20000    | C   | Telegram Reactions | Positive 👍 ❤️
244 | Poll                    | 0.75   | 10   | 20000    |     | Telegram Poll Votes
245 | Subscriptions           | 0.04   | 50   | 50000    | C   | Telegram Auto Views | Every new post
246 | Custom Comments         | 16.00  | 5    | 500      |     | Telegram Comments | Custom
247 | Invites from Groups     | 7.50   | 100  | 10000    |     | Telegram Invites | Members of groups

# Facebook
260 | Default                 | 2.60   | 100  | 50000    | RC  | Facebook Page Followers | Refill 30 days
261 | Default                 | 1.05   | 50   | 10000    | CD  | Facebook Post Likes | No refill
262 | Default                 | 0.18   | 1000 | 5000000  | D   | Facebook Video Views
263 | Custom Comments         | 22.00  | 5    | 300      |     | Facebook Comments | Custom
264 | Custom Comments Package | 6.40   | 1    | 1        |     | Facebook 20 Custom Comments Package
265 | Invites from Groups     | 11.00  | 100  | 5000     |     | Facebook Event Invites | Members of groups
266 | Default                 | 8.00   | 10   | 2000     |     | Facebook Live Viewers | 60 minutes

# X and Polls
280 | Default                 | 3.40   | 20   | 10000    | RC  | X Followers | Refill 30 days
281 | Default                 | 2.20   | 10   | 5000     | C   | X Likes | No refill
282 | Default                 | 2.45   | 10   | 5000     | C   | X Reposts | No refill
283 | Default                 | 0.01   | 100  | 10000000 | D   | X Post Views
284 | Poll                    | 1.30   | 25   | 30000    | C   | X Poll Votes
285 | Mentions with Hashtags  | 4.10   | 50   | 5000     |     | X Mentions with Hashtags
286 | Mentions                | 3.90   | 50   | 5000     |     | X Mentions | Users around a list
287 | Default                 | 99999  | 1    | 1        |     | DELETED

# Music
300 | Default                 | 0.55   | 1000 | 1000000  | RD  | Spotify Plays | Lifetime refill
301 | Default                 | 1.25   | 100  | 50000    | R   | Spotify Playlist Followers
302 | Default                 | 1.40   | 500  | 300000   |     | Spotify Monthly Listeners
303 | Default                 | 0.65   | 100  | 100000   | CD  | SoundCloud Plays

# Websites
320 | Web Traffic             | 0.4375 | 500  | 1000000  | CD  | Website Traffic | Choose country and source
321 | Web Traffic             | 0.95   | 1000 | 100000   |     | Website Traffic | Mobile only
322 | Default                 | 0.38   | 500  | 1000000  | CD  | Website Traffic Worldwide | Direct
323 | SEO                     | 45.00  | 10   | 500      |     | Website Backlinks | By keywords
324 | Package                 | 59.00  | 1    | 1        | C   | Website SEO Audit Package
325 | Default                 | 6.25   | 10   | 1000     |     | Business Reviews | Five stars
"""

_ODD_FIELDS: Final[dict[int, dict[str, object]]] = {
    203: {"rate": 0.2},
    204: {"refill": "false", "cancel": "false", "dripfeed": "false"},
}
"""What the list says about a service in another JSON type than the reference does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service for sale; `rate` is USD for 1000, or for the whole package; `max` 0 is no limit."""

    id: int
    name: str
    type: str
    category: str
    rate: Decimal
    min: int
    max: int
    refill: bool
    cancel: bool
    dripfeed: bool


def _read_row(line: str, category: str) -> Service:
    number, order_type, rate, low, high, flags, name = (cell.strip() for cell in line.split("|", 6))
    return Service(
        id=int(number),
        name=name,
        type=order_type,
        category=category,
        rate=Decimal(rate),
        min=int(low),
        max=int(high),
        refill="R" in flags,
        cancel="C" in flags,
        dripfeed="D" in flags,
    )


def _read_table(table: str) -> dict[str, Service]:
    services: dict[str, Service] = {}
    category = ""
    for line in filter(None, table.splitlines()):
        if line.startswith("#"):
            category = line.removeprefix("# ")
        else:
            service = _read_row(line, category)
            services[str(service.id)] = service
    return services


SERVICES: Final = _read_table(_TABLE)
"""Every service by its ID, written as a client writes it."""


def listing(service: Service) -> dict[str, object]:
    """One row of the answer to `services`, as the reference shows it, and the `dripfeed` flag."""
    row: dict[str, object] = {
        "service": service.id,
        "name": service.name,
        "type": service.type,
        "category": service.category,
        "rate": str(service.rate),
        "min": str(service.min),
        "max": str(service.max),
        "refill": service.refill,
        "cancel": service.cancel,
        "dripfeed": service.dripfeed,
    }
    return row | _ODD_FIELDS.get(service.id, {})
